"""Writing terms with the rows they are copies of: part of the operation that writes the row."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from apps.core import door
from apps.search.models import SearchTerm

MOST_TERMS = 100  # of one thing; what is further is not found


class Searchable(Protocol):
    """A row of a tenant that is found by its words."""

    id: UUID
    tenant_id: str
    environment_id: UUID

    @property
    def search_kind(self) -> str: ...

    def search_terms(self) -> Iterable[str]: ...


def index(rows: Sequence[Searchable]) -> None:
    """Makes the terms of these rows what the rows say, in at most three statements.

    Rows of one kind, of the environment entered, made or locked by the caller. Asks no right of
    its own and leaves no audit entry: it is part of the caller's write. Done again it changes
    nothing.
    """
    if not rows:
        return
    wanted = {
        (row.environment_id, row.id, term)
        for row in rows
        for term in list(dict.fromkeys(row.search_terms()))[:MOST_TERMS]
    }
    keys = {"tenant_id": rows[0].tenant_id, "object_type": rows[0].search_kind}
    with door.atomic():
        there = SearchTerm.objects.filter(
            **keys,
            environment_id__in={row.environment_id for row in rows},
            object_id__in=[row.id for row in rows],
        )
        stale = []
        for pk, *found in there.values_list("id", "environment_id", "object_id", "term"):
            if tuple(found) in wanted:
                wanted.discard(tuple(found))
            else:
                stale.append(pk)
        if stale:
            SearchTerm.objects.filter(id__in=stale).delete()
        SearchTerm.objects.bulk_create(
            [
                SearchTerm(**keys, environment_id=environment, object_id=identifier, term=term)
                for environment, identifier, term in sorted(wanted)
            ]
        )


def forget(kind: str, identifiers: Sequence[UUID]) -> None:
    """Removes the terms of things of the environment entered; part of purging their rows."""
    SearchTerm.objects.filter(
        environment_id=door.environment(), object_type=kind, object_id__in=identifiers
    ).delete()
