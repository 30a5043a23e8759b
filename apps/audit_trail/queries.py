"""Where entries lie; of one, both sides of the change, and whether it verifies."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from apps.core import door
from apps.core.audit import CONTROL_PLANE
from apps.core.chain import hash_of
from apps.core.chain_writing import body
from apps.core.models import AuditEntry, Link
from apps.core.readable import readable
from apps.tenants.models import SealedEntry


def trail_here() -> list[models.QuerySet[Any]]:
    """The tenant's entries where the door is turned to, in disjoint lists; in the control plane
    those of partitions that have gone, too.
    """
    entered = door.entered()
    found: list[Any] = [AuditEntry.objects]
    if entered.sealed and entered.partition in (None, CONTROL_PLANE):
        found.append(SealedEntry.objects)
    return [entries.filter(tenant_id=entered.tenant_id) for entries in found]


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
