"""Rows that somebody names by their ids, many at once, all or nothing.

What is wrong is told of each by its place among them, as the API names it: `services[3].serviceId`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.core.errors import Invalid, Refused


@dataclass(frozen=True)
class Named:
    """How these rows are told of: `services`, `serviceId`, `service`."""

    items: str
    member: str
    noun: str

    def found(self, rows: Any, ids: Sequence[UUID]) -> list[Any]:
        """Those rows in the order of `ids`; Invalid of each that is not there or is named twice.

        `rows` are read once, in their own order: that of their locks, where they are locked.
        """
        there = {row.id: row for row in rows}
        first = {identifier: place for place, identifier in reversed(list(enumerate(ids)))}
        wrong = {}
        for place, identifier in enumerate(ids):
            if identifier not in there:
                wrong[place] = f"is no {self.noun} here"
            elif place != first[identifier]:
                wrong[place] = "is named twice"
        self.refuse(wrong)
        return [there[identifier] for identifier in ids]

    def must(self, rows: Sequence[Any], verb: str) -> None:
        """Invalid of each that is not in a state for that verb."""
        wrong = {}
        for place, row in enumerate(rows):
            try:
                row.must(verb)
            except Refused as error:
                wrong[place] = error.message
        self.refuse(wrong)

    def refuse(self, wrong: Mapping[int, str]) -> None:
        if wrong:
            fields = {f"{self.items}[{n}].{self.member}": [said] for n, said in wrong.items()}
            raise Invalid("Nothing was done: some of these cannot be.", fields=fields)
