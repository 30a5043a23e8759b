"""What pages show of services' health: the newest result of each probe, and the last 24 hours.

Both come with the services' own rows in one statement, for those on the page alone: the bars from
half hours counted beforehand (apps.health_results.slots), the newest results from those of two
days, whose times are given as values, so that only their parts are read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from apps.health_results.models import HealthCheckResult, HealthSlot
from apps.health_results.results import AHEAD
from apps.health_results.slots import SLOT, SLOTS, first_slot, key_of
from apps.services.models import STALE_AFTER


@dataclass(frozen=True)
class Slot:
    """Half an hour of a service. Without a result it is hollow: silence is not health."""

    index: int
    begins: datetime
    total: int = 0
    degraded: int = 0
    unhealthy: int = 0
    latency: float | None = None

    @property
    def tone(self) -> str:
        if not self.total:
            return "hollow"
        return "bad" if self.unhealthy else "warn" if self.degraded else "ok"

    @property
    def ends(self) -> datetime:
        return self.begins + SLOT

    @property
    def key(self) -> str:
        """How a URL names it, in UTC."""
        return key_of(self.begins)

    @property
    def x(self) -> int:
        """Where it stands in the drawing, ten units a slot."""
        return self.index * 10


@dataclass(frozen=True)
class Newest:
    """The newest result of one probe of a service, within the last 24 hours."""

    probe: str
    status: str
    latency: int | None
    checked_at: datetime
    is_stale: bool


def with_bars(services: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """The services with what `slots_of` reads from each: at most 48 rows counted beforehand."""
    slots = HealthSlot.objects.filter(
        environment_id=OuterRef("environment_id"),
        service_id=OuterRef("id"),
        begins__gte=first_slot(now),
        begins__lt=first_slot(now) + SLOT * SLOTS,
    ).values(
        made=JSONObject(
            begins="begins", total="total", degraded="degraded", unhealthy="unhealthy",
            latency="latency_total", timed="latency_results",
        )
    )  # fmt: skip
    return services.annotate(health_slots=ArraySubquery(slots))


def with_health(services: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """The services with what `slots_of` and `newest_of` read from each."""
    results = HealthCheckResult.objects.filter(
        environment_id=OuterRef("environment_id"),
        service_id=OuterRef("id"),
        checked_at__gte=first_slot(now),
        checked_at__lte=now + AHEAD,
    )
    newest = (
        results.order_by("probe", "-checked_at")
        .distinct("probe")
        .values(made=JSONObject(probe="probe", status="status", latency="latency_ms",
                                checked="checked_at", received="received_at"))
    )  # fmt: skip
    return with_bars(services, now).annotate(health_newest=ArraySubquery(newest))


def slots_of(service: Any, now: datetime) -> list[Slot]:
    """48 of them, oldest first. What a clock that is ahead dates after the last stands in none."""
    begun = first_slot(now)
    found: Mapping[datetime, Any] = {_at(row["begins"]): row for row in service.health_slots}
    made = []
    for index in range(SLOTS):
        begins = begun + SLOT * index
        row = found.get(begins, {})
        counts = {name: row.get(name, 0) for name in ("total", "degraded", "unhealthy")}
        latency = row["latency"] / row["timed"] if row.get("timed") else None
        made.append(Slot(index, begins, latency=latency, **counts))
    return made


def newest_of(service: Any, now: datetime) -> list[Newest]:
    """By probe, in their order."""
    return [
        Newest(
            row["probe"],
            row["status"],
            row["latency"],
            _at(row["checked"]),
            min(_at(row["checked"]), _at(row["received"])) < now - STALE_AFTER,
        )
        for row in service.health_newest
    ]


@dataclass(frozen=True)
class Run:
    """Slots of one tone beside each other, in the units of a drawing."""

    tone: str
    x: int
    width: int


@dataclass(frozen=True)
class Healths:
    """What a page shows beside each service."""

    slots: Sequence[Slot]
    newest: Sequence[Newest] = ()

    @property
    def seen(self) -> int:
        return sum(1 for slot in self.slots if slot.total)

    @property
    def runs(self) -> Sequence[Run]:
        """The bar where there is no room for 48 titles: neighbours of one tone are one."""
        made: list[Run] = []
        for slot in self.slots:
            if made and made[-1].tone == slot.tone:
                made[-1] = Run(slot.tone, made[-1].x, slot.x + 10 - made[-1].x)
            else:
                made.append(Run(slot.tone, slot.x, 10))
        return made

    @property
    def slowest(self) -> float | None:
        """The highest mean latency of a half hour, in milliseconds."""
        found = [slot.latency for slot in self.slots if slot.latency is not None]
        return max(found, default=None)

    @property
    def latency_path(self) -> str:
        """The mean latencies as the path of a drawing 480 by 24; where none was said it breaks."""
        drawn, most, pen = [], self.slowest or 1, "M"
        for slot in self.slots:
            if slot.latency is None:
                pen = "M"
                continue
            y = 22 - 20 * slot.latency / most
            # A short stroke, so that a half hour by itself shows too.
            drawn.append(f"{pen}{slot.x} {y:.1f}h8")
            pen = "L"
        return "".join(drawn)

    @property
    def ailing(self) -> int:
        return sum(1 for slot in self.slots if slot.tone in ("warn", "bad"))


def healths(services: Iterable[Any], now: datetime) -> dict[Any, Healths]:
    """{service id: what to show}, of rows that came by `with_health`."""
    return {s.id: Healths(slots_of(s, now), newest_of(s, now)) for s in services}


def bars(services: Iterable[Any], now: datetime) -> dict[Any, Healths]:
    """{service id: its bar}, of rows that came by `with_bars`."""
    return {s.id: Healths(slots_of(s, now)) for s in services}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
