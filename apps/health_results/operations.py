"""Recording health results: the one write there is; rows are never changed.

The right to record includes what follows for the services: being seen, Running and Degraded.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections, transaction

from apps.core import audit, door
from apps.core.errors import Invalid, Refused
from apps.core.ids import uuid7
from apps.health_results import telemetry
from apps.health_results.derive import observe
from apps.health_results.results import LISTED, Problem, Result, is_text, problem_of
from apps.health_results.slots import Slots
from apps.health_results.telemetry import Offer
from apps.quotas.operations import spend_storage
from apps.services.models import RuntimeService

WRITE = "runtime.health.write"
BATCH = 1000
MODULE_LENGTH = 120
T = TypeVar("T")

# (column, its type)
_COLUMNS = (
    ("id", "uuid"), ("tenant_id", "text"), ("environment_id", "uuid"), ("service_id", "uuid"),
    ("status", "text"), ("probe", "text"), ("latency_ms", "int"), ("detail", "text"),
    ("checked_at", "timestamptz"),
)  # fmt: skip
_INSERT = (
    f"INSERT INTO health_results_healthcheckresult ({', '.join(name for name, _ in _COLUMNS)}) "
)
_FOLD = " ON CONFLICT DO NOTHING RETURNING id, service_id, least(checked_at, received_at)"


@dataclass
class Recorded:
    """What became of them. `problems` holds the first ones, `rejected` counts all."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)

    def reject(self, problem: Problem) -> None:
        self.rejected += 1
        if len(self.problems) < LISTED:
            self.problems.append(problem)

    def add(self, other: "Recorded") -> None:
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.rejected += other.rejected
        self.problems += other.problems[: LISTED - len(self.problems)]


class Rejected(Invalid):
    """Some results cannot be; none was kept. `recorded` says how many, and the first of them."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(
            f"{recorded.rejected} of the results cannot be recorded; nothing was kept.",
            fields={
                f"{problem.place}.{problem.field}".strip("."): [problem.reason]
                for problem in recorded.problems
            },
        )
        self.recorded = Recorded(rejected=recorded.rejected, problems=recorded.problems)


def record_results(results: Iterable[Result | Problem], *, keep_good: bool = False) -> Recorded:
    """Records the results in batches of 1,000, each with one audit entry; a stream is never held.

    One that was recorded before (the same service, probe and checkedAt) is a duplicate and changes
    nothing. A Problem stands for what its reader could not understand. Raises Rejected, with
    nothing kept, where any cannot be and not `keep_good`; Refused where others record the same
    results in another order at the same time. Locks the services it has seen.
    """
    door.require(WRITE)
    with door.atomic():
        recorded, now = Recorded(), _now()
        seen: dict[UUID, datetime] = {}
        slots = Slots(now)
        offer = Offer() if telemetry.is_on() else None
        for batch in batched(results, BATCH):
            good = _sort_out(batch, recorded, now)
            if good and (keep_good or not recorded.rejected):
                for service, at in _write(good, recorded, slots, offer):
                    seen[service] = max(at, seen.get(service, at))
        if recorded.rejected and not keep_good:
            raise Rejected(recorded)
        # After all rows, whose keys others may wait for; before the services (see apps.quotas).
        spend_storage(rows=recorded.accepted)
        if seen:
            observe(dict(sorted(seen.items())), now=now)
        slots.write()
        if offer:
            transaction.on_commit(offer.tell, using=door.current_alias(), robust=True)
    return recorded


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _now() -> datetime:
    """The transaction's time, which is what the table's guard compares with."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT now()")
        found: datetime = cursor.fetchone()[0]
    return found


Good = tuple[UUID, Result]


def _sort_out(batch: Sequence[Result | Problem], recorded: Recorded, now: datetime) -> list[Good]:
    """Those that can be, with the ids of their services; the others are rejected."""
    good, services = [], _services(batch)
    for item in batch:
        if isinstance(item, Problem):
            recorded.reject(item)
        elif problem := problem_of(item, now):
            recorded.reject(problem)
        elif found := services.get(item.service_id or item.module_id):
            good.append((found, item))
        else:
            name = "serviceId" if item.service_id else "moduleId"
            recorded.reject(Problem(item.place, name, "there is no such service here"))
    return good


def _services(batch: Sequence[Result | Problem]) -> dict[UUID | str, UUID]:
    """{id or live moduleId: id} of what the batch names, as the policies show it."""
    results = [item for item in batch if isinstance(item, Result)]
    here = RuntimeService.objects.filter(environment_id=door.environment())
    found: dict[UUID | str, UUID] = {}
    if ids := {result.service_id for result in results if result.service_id}:
        found |= {i: i for i in here.filter(id__in=ids).values_list("id", flat=True)}
    if names := {r.module_id for r in results if is_text(r.module_id, 1, MODULE_LENGTH)}:
        live = here.exclude(status="Retired").filter(module_id__in=names)
        found |= dict(live.values_list("module_id", "id"))
    return found


def _write(
    good: Sequence[Good], recorded: Recorded, slots: Slots, offer: Offer | None
) -> list[tuple[UUID, datetime]]:
    """[(service, as old as it counts)] of what was new; one audit entry, where anything was.

    In the order of the key, so that two who write the same results do not wait for each other.
    """
    tenant, environment = door.tenant(), door.environment()
    rows = [
        (uuid7(), tenant, environment, service, result.status, result.probe, result.latency_ms,
         result.detail, result.checked_at)
        for service, result in sorted(good, key=lambda g: (g[0], g[1].probe, g[1].checked_at))
    ]  # fmt: skip
    source, values = _source(rows)
    try:
        with connections[door.current_alias()].cursor() as cursor:
            cursor.execute(_INSERT + source + _FOLD, values)
            made = cursor.fetchall()
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == "40P01":
            raise Refused("Others record the same results just now: send them again.") from error
        raise
    recorded.accepted += len(made)
    recorded.duplicates += len(good) - len(made)
    new = {row[0] for row in made}
    for row in rows:
        if row[0] in new:
            slots.add(row[3], row[4], row[6], row[8])
            if offer:
                offer.add((tenant, environment, row[3], row[5]), row[4], row[6])
    if made:
        audit.record(
            "health.recorded",
            object_type="environment",
            object_id=environment,
            environment_id=environment,
            after={"count": len(made), "digest": digest(row[0] for row in made)},
        )
    return [(service, at) for _, service, at in made]


def _source(rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """The rows as SQL. Under row security Citus takes VALUES alone; arrays are quicker to send."""
    if settings.CITUS:
        row = f"({', '.join(['%s'] * len(_COLUMNS))})"
        return f"VALUES {', '.join([row] * len(rows))}", [value for row in rows for value in row]
    arrays = ", ".join(f"%s::{kind}[]" for _, kind in _COLUMNS)
    columns = [list(column) for column in zip(*rows, strict=True)]
    return f"SELECT * FROM unnest({arrays})", columns  # noqa: S608


def digest(identifiers: Iterable[UUID]) -> str:
    """SHA-256 over the ids, as lower-case text in their order, one a line."""
    lines = "".join(f"{identifier}\n" for identifier in sorted(identifiers))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"
