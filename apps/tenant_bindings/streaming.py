"""Rows of any number, read batch by batch: the door opens anew for each.

Promises: no transaction lasts longer than a batch, so that binding and right are asked again for
each and what is revoked or released meanwhile ends the stream with an error; memory holds one
batch; every row that was there from beginning to end comes once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from apps.core import door
from apps.core.audit import CONTROL_PLANE
from apps.core.door import Door
from apps.core.htmx import beyond
from apps.tenant_bindings.context import enter_tenant

BATCH = 1000
Shown = dict[str, Any]


def places_of(entered: Door, *, control_plane: bool) -> list[str]:
    """The tenant's partitions, and with `control_plane` its part of that, too."""
    return [*sorted(entered.partitions), *([CONTROL_PLANE] if control_plane else [])]


def stream(
    entered: Door,
    scope: str,
    places: Iterable[str],
    rows: Callable[[], Sequence[Any]],
    order: Sequence[str],
    shown: Callable[[Sequence[Any]], list[Shown]],
) -> Iterator[list[Shown]]:
    """What `shown` makes of each batch of the rows of each place, in their `order` there.

    `rows` gives disjoint querysets of the place entered. `entered` may be shut by then: only who it
    was matters.
    """
    tenant_id, actor = entered.tenant_id or "", entered.actor
    for place in places:
        part, key = 0, None
        while True:
            with enter_tenant(tenant_id, actor=actor, partition=place):
                door.require(scope)
                parts = rows()
                if part == len(parts):
                    break
                found = _batch(parts[part], order, key)
                made = shown(found)
            if made:
                yield made
            if len(found) < BATCH:
                part, key = part + 1, None
            else:
                key = [getattr(found[-1], name.lstrip("-")) for name in order]


def _batch(rows: Any, order: Sequence[str], key: Sequence[Any] | None) -> list[Any]:
    if key is not None:
        names = [name.lstrip("-") for name in order]
        rows = rows.filter(beyond(names, key, not order[0].startswith("-")))
    return list(rows.order_by(*order)[:BATCH])
