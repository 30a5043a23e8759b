"""A run of the purge: plans each tenant and data class, goes in batches, records what it did.

Works as the steward (`door.using("steward")`). Two never run at once. A run that is killed leaves
what it had done and its record; the next one marks it and does the rest. A tenant or class that
fails does not keep the others.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections

from apps.core import audit, door
from apps.core.access import PLATFORM, Actor
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.walls.classes import CLASSES, governed
from apps.retention.models import RetentionEntry, RetentionPolicy, RetentionRun, RunStatus
from apps.retention.purge import Work, cutoff, partitions, plan, purge
from apps.retention.step_logs import STEP_LOG, carry_out, plan_logs
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenants.models import Tenant

SCOPE = "runtime.governance.write"
CLOCKS_APART = timedelta(minutes=5)
_LOCK = "a run"  # no slug can be so


@dataclass(frozen=True)
class Wanted:
    """What a run is asked for; empty is everything."""

    tenant_id: str = ""
    data_class: str = ""
    as_of: datetime | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class Ran:
    run: RetentionRun
    entries: list[RetentionEntry]

    @property
    def is_wanting(self) -> bool:
        return self.run.status == RunStatus.FOUND_WANTING

    def as_api(self) -> dict[str, Any]:
        return {
            "runId": str(self.run.id),
            "asOf": self.run.as_of.isoformat(),
            "dryRun": self.run.dry_run,
            "entries": [entry.as_api() for entry in self.entries],
        }


def run_retention(
    wanted: Wanted, *, actor: Actor, say: Callable[[str], None] = lambda line: None
) -> Ran:
    """Purges what is due, or tells what would go.

    Raises Invalid (no such class; a time to come without a dry run), NotFound (no such tenant),
    Refused (another run is at work; clocks that cannot be trusted).
    """
    if wanted.data_class and wanted.data_class not in CLASSES:
        raise Invalid.field("dataClass", f"choose from {', '.join(CLASSES)}.")
    with contextlib.nullcontext() if wanted.dry_run else _alone():
        run = _start(wanted, actor)
        entries = []
        for tenant_id in _tenants(wanted, actor):
            # Blobs last: theirs are the rows that have gone by then.
            for data_class in (*governed(), STEP_LOG):
                if wanted.data_class in ("", data_class):
                    entry = _one(run, tenant_id, data_class, actor)
                    entries.append(entry)
                    say(_told(entry))
        return Ran(_finish(run, entries, actor), entries)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """A lock of the session: it falls with the connection of a run that is killed."""
    connection = connections[door.current_alias()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(app.retention_lock(%s))", [_LOCK])
        if not cursor.fetchone()[0]:
            raise Refused("Another run is at work.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(app.retention_lock(%s))", [_LOCK])


def _start(wanted: Wanted, actor: Actor) -> RetentionRun:
    with enter_platform(actor=actor):
        door.require(SCOPE)
        if wanted.tenant_id and not Tenant.objects.filter(tenant_id=wanted.tenant_id).exists():
            raise NotFound(f"There is no tenant '{wanted.tenant_id}'.")
        now = _trusted_now()
        if wanted.as_of and wanted.as_of > now and not wanted.dry_run:
            raise Invalid.field("asOf", "a time to come is told with --dry-run only.")
        run = RetentionRun.objects.create(
            tenant_id=PLATFORM,
            as_of=wanted.as_of or now,
            dry_run=wanted.dry_run,
            only_tenant=wanted.tenant_id,
            only_class=wanted.data_class,
            started_by_kind=actor.kind,
            started_by_label=actor.label,
        )
        _record(run, "retention_run.started", after=run.as_api())
        if not wanted.dry_run:
            _take_up(run)
    return run


def _take_up(run: RetentionRun) -> None:
    """Who holds the lock runs alone: what says that it is running was killed."""
    killed = RetentionRun.objects.filter(status=RunStatus.RUNNING, dry_run=False)
    for other in killed.exclude(id=run.id):
        note = f"ended without a word; taken up by run {run.id}"
        _end(other, "interrupt", "retention_run.interrupted", note)


def _trusted_now() -> datetime:
    """The database's time. Refused where it is behind the newest entry or far from the worker's."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(
            "SELECT now(), (SELECT at FROM public.core_auditentry ORDER BY id DESC LIMIT 1)"
        )
        now, newest = cursor.fetchone()
    if newest and newest > now:
        raise Refused(f"The database's clock ({now}) is behind its newest entry ({newest}).")
    if abs(datetime.now(UTC) - now) > CLOCKS_APART:
        raise Refused(f"The database's clock ({now}) is more than 5 minutes from this machine's.")
    return now


def _tenants(wanted: Wanted, actor: Actor) -> list[str]:
    with enter_platform(actor=actor):
        found = Tenant.objects.exclude(tenant_id=PLATFORM).exclude(status="Closed")
        if wanted.tenant_id:
            found = found.filter(tenant_id=wanted.tenant_id)
        return list(found.order_by("tenant_id").values_list("tenant_id", flat=True))


def _one(run: RetentionRun, tenant_id: str, data_class: str, actor: Actor) -> RetentionEntry:
    """One data class of one tenant, in each of its partitions."""
    entry, schemas = _plan(run, tenant_id, data_class, actor)
    if run.dry_run or not entry.due:
        return entry
    for schema in schemas:
        work = Work(actor, tenant_id, schema, data_class, run.as_of, entry)
        (carry_out if data_class == STEP_LOG else purge)(work)
        if work.problems:
            _note(entry, work, actor)
    with enter_tenant(tenant_id, actor=actor, partition="public"):
        entry.refresh_from_db()
    return entry


def _plan(
    run: RetentionRun, tenant_id: str, data_class: str, actor: Actor
) -> tuple[RetentionEntry, list[str]]:
    with enter_tenant(tenant_id, actor=actor, partition="public", writing=True):
        schemas = list(partitions(tenant_id))
        due, held_back = 0, dict[str, int]()
        for schema in schemas:
            # A dry run takes nothing away, so that what it would have taken still names things.
            foretell = run.dry_run and not run.only_class
            look = plan_logs if data_class == STEP_LOG else plan
            found, kept = look(schema, data_class, run.as_of, foretell=foretell)
            due += found
            for reason, count in kept.items():
                held_back[reason] = held_back.get(reason, 0) + count
        entry = RetentionEntry.objects.create(
            tenant_id=tenant_id,
            run_id=run.id,
            dry_run=run.dry_run,
            data_class=data_class,
            policy_versions=_versions(tenant_id, data_class),
            cutoff=cutoff(data_class, run.as_of),
            due=due,
            held_back=held_back,
        )
    return entry, schemas


def _versions(tenant_id: str, data_class: str) -> dict[str, int]:
    found = RetentionPolicy.objects.filter(
        tenant_id__in=[PLATFORM, tenant_id], data_class=data_class
    )
    versions = found.order_by("version").values_list("tenant_id", "version")
    return {"platform" if t == PLATFORM else "tenant": version for t, version in versions}


def _note(entry: RetentionEntry, work: Work, actor: Actor) -> None:
    with enter_tenant(entry.tenant_id, actor=actor, partition="public", writing=True):
        entry.failed = "; ".join(filter(None, [entry.failed, *work.problems]))
        entry.save(update_fields=["failed"])


def _finish(run: RetentionRun, entries: list[RetentionEntry], actor: Actor) -> RetentionRun:
    """Where something was due and nothing went, the run is no success."""
    wanting = [
        f"{entry.tenant_id} {entry.data_class}: {entry.failed or 'due and none gone'}"
        for entry in entries
        if entry.failed or (entry.due and not entry.purged and not entry.tiered and not run.dry_run)
    ]
    with enter_platform(actor=actor):
        if wanting:
            _end(run, "find_wanting", "retention_run.found_wanting", "\n".join(wanting))
        else:
            _end(run, "complete", "retention_run.completed", "")
    return run


def _end(run: RetentionRun, verb: str, action: str, note: str) -> None:
    before = run.status
    run.move(verb)
    run.note = note
    run.save(update_fields=["status", "note"])
    _record(run, action, before={"status": before}, after={"status": run.status}, reason=note)


def _record(run: RetentionRun, action: str, **told: Any) -> None:
    audit.record(action, object_type="retention_run", object_id=run.id, tenant_id=PLATFORM, **told)


def _told(entry: RetentionEntry) -> str:
    kept = ", ".join(f"{count} kept by {why}" for why, count in sorted(entry.held_back.items()))
    verb = f"{entry.due} due" if entry.dry_run else f"{entry.purged} of {entry.due} gone"
    if entry.tiered:
        verb += f", {entry.tiered} in a cooler tier"
    told = [f"{entry.tenant_id} {entry.data_class}: {verb}", kept, entry.failed]
    return "; ".join(filter(None, told))
