"""All objects of an import by kind, and the list of what was not understood."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self, TypeVar

from .configuration import is_clusters_own
from .documents import Document
from .fields import Odd
from .kinds import WORKLOADS
from .objects import Object, made_by_a_controller, read_objects
from .records import NotUnderstood

T = TypeVar("T")


@dataclass
class Inventory:
    odds: list[NotUnderstood] = field(default_factory=list)
    _objects: dict[str, list[Object]] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Self:
        inventory = cls()
        for document in documents:
            for found in read_objects(document):
                if isinstance(found, NotUnderstood):
                    inventory.odds.append(found)
                else:
                    inventory._sort_in(found)
        return inventory

    def _sort_in(self, source: Object) -> None:
        try:
            if made_by_a_controller(source) or is_clusters_own(source):
                return
            if source.kind == "Pod":
                raise Odd("It is a pod without a controller: nothing keeps it running.")
        except Odd as error:
            self.odd(source, str(error))
            return
        # One group for all workloads: they share the names of services.
        group = "workload" if source.kind in WORKLOADS else source.kind
        self._objects.setdefault(group, []).append(source)

    def odd(self, source: Object, reason: str) -> None:
        self.odds.append(source.odd(reason))

    def teller(self, source: Object) -> Callable[[str], None]:
        """`odd` for one object."""
        return lambda reason: self.odd(source, reason)

    def objects(self, group: str) -> list[Object]:
        return self._objects.get(group, [])

    def all(self, group: str, read: Callable[[Object], T]) -> Iterator[tuple[Object, T]]:
        """What `read` makes of each; where it raises Odd the object is listed."""
        for source in self.objects(group):
            try:
                yield source, read(source)
            except Odd as error:
                self.odd(source, str(error))

    def each(self, group: str, read: Callable[[Object], T]) -> dict[str, T]:
        """What `read` makes of each name, sorted. Whoever comes second under a name is listed."""
        first: dict[str, Object] = {}

        def read_first(source: Object) -> T:
            if source.name in first:
                raise Odd(_taken(source, first[source.name]))
            result = read(source)
            first[source.name] = source
            return result

        found = {source.name: result for source, result in self.all(group, read_first)}
        return dict(sorted(found.items()))


def _taken(second: Object, first: Object) -> str:
    at = f"{first.file}, document {first.document}"
    if second.namespace != first.namespace:
        return (
            f"The name is taken: the namespace {first.namespace or 'that is not stated'!r} "
            f"has one as well ({at}), and a release knows no namespaces."
        )
    if second.kind != first.kind:
        return f"The name is taken by a {first.kind} ({at})."
    return f"It is there twice, and the first one counts ({at})."
