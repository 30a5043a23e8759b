"""What has passed its window and is still there: counted by the decision that a run asks.

As the steward, each tenant through the door. A run takes what is due twice a day; what a count
finds due for longer than it may be, and a run has had its chance at, is an alert.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError

from apps.core import door
from apps.core.access import Actor
from apps.core.audit import CONTROL_PLANE
from apps.core.walls.classes import governed
from apps.core.walls.ended import ENDED
from apps.retention.ended import tables
from apps.retention.foretold import now
from apps.retention.going import rows
from apps.retention.models import RetentionRun
from apps.retention.purge import partitions
from apps.retention.step_logs import STEP_LOG, due_logs
from apps.tenant_bindings.context import enter_platform, enter_records
from apps.tenants.models import Tenant
from apps.upkeep.alert_models import AlertKind, Backlog
from apps.upkeep.alerts import clear_alerts, raise_alert
from apps.upkeep.models import JobRecord

# What is due is gone within so many hours, or something is wrong.
HOURS = {STEP_LOG: 72}
OTHERS = 48
# Exact up to here, of a class in a partition.
COUNTED = 1_000_000
_SEEN = (
    "SELECT count(*) FILTER (WHERE w.kept_by IS NULL), count(w.kept_by), "
    "min(w.clock) FILTER (WHERE w.kept_by IS NULL) "
    "+ make_interval(hours => 24 * app.retention_window(%s)) "
)
Key = tuple[str, str]


@dataclass
class Waiting:
    """`oldest`: when the window of the oldest due row passed."""

    due: int = 0
    kept: int = 0
    oldest: datetime | None = None

    def add(self, due: int, kept: int, oldest: datetime | None) -> None:
        self.due += due
        self.kept += kept
        if oldest and (self.oldest is None or oldest < self.oldest):
            self.oldest = oldest


def count_backlog(*, actor: Actor) -> dict[Key, Waiting]:
    """{(tenant, data class): what waits}, of every tenant. Written down; raises and clears alerts.

    A partition that cannot be read is skipped: the run tells of it.
    """
    with enter_platform(actor=actor):
        door.require("runtime.jobs.write")
        tenants = list(
            Tenant.objects.exclude(status="Closed")
            .order_by("tenant_id")
            .values_list("tenant_id", flat=True)
        )
    found: dict[Key, Waiting] = {}
    for tenant_id in tenants:
        with enter_records(tenant_id, actor=actor):
            for data_class, waiting in _of_tenant(tenant_id).items():
                found[tenant_id, data_class] = waiting
    with enter_platform(actor=actor), door.atomic():
        _write(found)
    return found


def _of_tenant(tenant_id: str) -> dict[str, Waiting]:
    found: dict[str, Waiting] = {}
    for schema in partitions(tenant_id):
        for data_class in (*governed(), STEP_LOG, ENDED):
            _look(found, schema, data_class)
    _look(found, CONTROL_PLANE, ENDED)
    return found


def _look(found: dict[str, Waiting], schema: str, data_class: str) -> None:
    try:
        with door.atomic():
            waiting = found.setdefault(data_class, Waiting())
            for seen in _seen(schema, data_class):
                waiting.add(*seen)
    except DatabaseError:
        return


def _seen(schema: str, data_class: str) -> list[Any]:
    if data_class == STEP_LOG:
        return [due_logs(schema)]
    if data_class == ENDED:
        return [
            rows(
                f"{_SEEN} FROM app.ended(%s, %s, p_past => true, p_limit => %s) w",
                [ENDED, schema, name, COUNTED],
            )[0]
            for name in tables(schema)
        ]
    return rows(
        f"{_SEEN} FROM app.why(%s, %s, p_past => true, p_limit => %s) w",
        [data_class, schema, data_class, COUNTED],
    )


def _write(found: dict[Key, Waiting]) -> None:
    at, chance = now(), _last_chance()
    before = {(row.of_tenant, row.data_class): row for row in Backlog.objects.all()}
    written = []
    for key in sorted(found.keys() | before.keys()):
        waiting = found.get(key, Waiting())
        if key in before or waiting.due or waiting.kept:
            row = before.get(key) or Backlog(of_tenant=key[0], data_class=key[1])
            written.append(_put(row, waiting, at))
            # What a hold let go a moment ago is not late before a run has come.
            if row.overdue_since and chance and chance > row.overdue_since:
                since = f"{waiting.oldest:%Y-%m-%d %H:%M} UTC"
                raise_alert(
                    AlertKind.OVERDUE,
                    of_tenant=row.of_tenant,
                    data_class=row.data_class,
                    told=f"{row.due} due, the oldest since {since}",
                )
    Backlog.objects.bulk_create(
        written,
        update_conflicts=True,
        unique_fields=["tenant", "of_tenant", "data_class"],
        update_fields=["due", "kept", "oldest_due_at", "overdue_since", "counted_at"],
    )
    gone = {(row.of_tenant, row.data_class) for row in written if not row.overdue_since}
    clear_alerts(AlertKind.OVERDUE, gone)


def _put(row: Backlog, waiting: Waiting, at: datetime) -> Backlog:
    allowed = timedelta(hours=HOURS.get(row.data_class, OTHERS))
    is_late = waiting.oldest is not None and at - waiting.oldest > allowed
    row.due, row.kept, row.oldest_due_at = waiting.due, waiting.kept, waiting.oldest
    row.overdue_since = (row.overdue_since or at) if is_late else None
    row.counted_at = at
    return row


def _last_chance() -> datetime | None:
    """When the last run of everything began that has ended, or the job that should have done it."""
    runs = RetentionRun.objects.filter(
        dry_run=False, only_tenant="", only_class="", exception_id=None, ended_at__isnull=False
    )
    job = JobRecord.objects.filter(name="run_retention").first()
    begun = [
        runs.order_by("-id").values_list("started_at", flat=True).first(),
        job.started_at if job and job.state != "Running" else None,
    ]
    return max((at for at in begun if at), default=None)
