"""Retention of the whole fleet, from the worker's counts: officers read no tenant's rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Now

from apps.core.walls.classes import governed
from apps.core.walls.governance import GRACE_DAYS
from apps.retention.forecast import ClassForecast, Due, draw
from apps.retention.models import LegalHold, RetentionRollup
from apps.retention.queries import Held
from apps.retention.rollup_models import DAYS

# Tenants with most due, and holds newest first: the rest by their lists.
SHOWN = 10
_SUMS = {name: Sum(name) for name in ("there", "in_use", "held", *(f"due_{d}" for d in DAYS))}
_MORE = {f"{name}_or": BoolOr(name) for name in ("more", *(f"more_{d}" for d in DAYS))}


@dataclass(frozen=True)
class Fleet:
    """`counted_at`: of the tenant that was counted longest ago; None where none was yet."""

    counted_at: datetime | None
    tenants: int
    classes: list[dict[str, Any]]
    forecast: list[ClassForecast]


def fleet() -> Fleet:
    """Every class over all tenants. One query."""
    rows: Any = RetentionRollup.objects.values("data_class").order_by()
    counted = rows.annotate(tenants=Count("tenant_id"), oldest=Min("counted_at"), **_SUMS, **_MORE)
    found = {row["data_class"]: row for row in counted}
    classes = [found[name] for name in governed() if name in found]
    forecast = [
        ClassForecast(
            row["data_class"],
            [Due(days, None, row[f"due_{days}"], row[f"more_{days}_or"]) for days in DAYS],
        )
        for row in classes
    ]
    draw(forecast)
    return Fleet(
        min((row["oldest"] for row in classes), default=None),
        max((row["tenants"] for row in classes), default=0),
        classes,
        forecast,
    )


def most_due() -> list[dict[str, Any]]:
    """Tenants by how much becomes due in 30 days, those with most first. One query."""
    rows: Any = RetentionRollup.objects.values("tenant_id").order_by()
    found = rows.annotate(**_SUMS, **_MORE).order_by("-due_30", "-due_365", "tenant_id")[:SHOWN]
    return [
        {
            **row,
            "dues": [Due(d, None, row[f"due_{d}"], row[f"more_{d}_or"]) for d in DAYS],
        }
        for row in found
    ]


def held_now() -> list[Held]:
    """The newest holds that bind, with the rows that each kept when they were counted."""
    binds = Q(lifted_at=None) | Q(lifted_at__gte=Now() - timedelta(days=GRACE_DAYS))
    holds = list(LegalHold.objects.filter(binds).order_by("-id")[:SHOWN])
    rollups = RetentionRollup.objects.filter(tenant_id__in={hold.tenant_id for hold in holds})
    found = []
    counts = list(rollups.order_by("data_class"))
    for hold in holds:
        of = Held(hold.number, hold=hold)
        for row in counts:
            kept = row.held_by.get(str(hold.number))
            if row.tenant_id == hold.tenant_id and kept is not None:
                of.rows.append((row.data_class, kept, row.more))
        found.append(of)
    return found
