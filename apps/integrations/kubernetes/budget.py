"""What an import has left to spend, shared by all its files and both readers."""

from dataclasses import dataclass

from .limits import MAX_DOCUMENTS, MAX_NODES, MAX_TEXT


class Refused(ValueError):
    """Over the budget, or not plain data. The readers add file and document for the user."""


@dataclass
class Budget:
    nodes: int = MAX_NODES
    text: int = MAX_TEXT
    documents: int = MAX_DOCUMENTS

    def document(self) -> None:
        self.documents -= 1
        if self.documents < 0:
            raise Refused(f"there are more than {MAX_DOCUMENTS:,} documents")

    def spend(self, nodes: int, text: int) -> None:
        self.nodes -= nodes
        self.text -= text
        if self.nodes < 0:
            raise Refused(f"there are more than {MAX_NODES:,} values, aliases followed")
        if self.text < 0:
            raise Refused(f"aliases grow it to more than {MAX_TEXT:,} characters")
