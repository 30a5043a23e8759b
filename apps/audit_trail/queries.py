"""Where entries lie; of one, both sides of the change, and whether it verifies."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from apps.core.audit import CONTROL_PLANE
from apps.core.chain import hash_of
from apps.core.chain_writing import body
from apps.core.door import Door
from apps.core.models import AuditEntry, Link
from apps.core.readable import readable
from apps.tenant_bindings.context import each_chain
from apps.tenants.models import SealedEntry


def each_trail(entered: Door) -> Iterator[type[Link]]:
    """Turns to wherever the tenant has entries, and says of which model: sealed ones come last."""
    for chain in each_chain(entered):
        yield AuditEntry
        if chain == CONTROL_PLANE and entered.sealed:
            yield SealedEntry


def rows(model: type[Link]) -> models.QuerySet[Any]:
    """With what is told beside them."""
    found: models.QuerySet[Any] = model.objects.all()
    return found


@dataclass(frozen=True)
class Compared:
    """One key on both sides; None where that side has not got it."""

    key: str
    before: str | None
    after: str | None

    @property
    def changed(self) -> bool:
        return self.before != self.after


def entry_context(entry: Link) -> dict[str, Any]:
    """For the template of one entry."""
    return {
        "entry": entry,
        "compared": compared(entry.before, entry.after),
        "gone": [kind for kind in ("before", "after", "reason", "address") if entry.is_gone(kind)],
        "verifies": hash_of(body(entry)) == entry.hash,
    }


def compared(before: Any, after: Any) -> list[Compared]:
    """Every key of either side, in one order."""
    one, other = _keys(before), _keys(after)
    return [
        Compared(key, one.get(key), other.get(key)) for key in sorted(one.keys() | other.keys())
    ]


def _keys(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        return {"": readable(value)}
    return {key: readable(item) for key, item in value.items()}
