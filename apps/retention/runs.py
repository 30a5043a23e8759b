"""A run of the purge: plans each tenant and data class, goes in batches, records what it did.

Works as the steward (`door.using("steward")`). Two never run at once. A run that is killed leaves
what it had done and its record; the next one certifies and marks it, and does the rest. A tenant
or class that fails does not keep the others. A run that names a governance exception goes by it
alone; its end spends it. Named again, one that was killed is resumed.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO
from uuid import UUID

from django.db import DatabaseError, connections
from django.db.models import OuterRef, Subquery

from apps.core import audit, door
from apps.core.access import PLATFORM, Actor
from apps.core.audit import CONTROL_PLANE
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.progress import Progress
from apps.core.traces import of_class, spanned
from apps.core.walls.classes import CLASSES, governed
from apps.core.walls.day_drops import DATA_CLASS
from apps.core.walls.ended import ENDED
from apps.retention import signing
from apps.retention.alerts import tell_alerts, wanting
from apps.retention.certificates import certify
from apps.retention.days import drop_days
from apps.retention.ended import note_empty_environments, plan_ended, purge_ended
from apps.retention.entries import entry_of
from apps.retention.limit import Limit
from apps.retention.models import (
    ExceptedRow,
    ExceptionStatus,
    GovernanceException,
    RetentionEntry,
    RetentionRun,
    RunStatus,
)
from apps.retention.purge import Work, name_run, partitions, plan, purge
from apps.retention.step_logs import STEP_LOG, carry_out, plan_logs
from apps.tenant_bindings.context import enter_platform, enter_records, enter_tenant
from apps.tenants.models import Tenant

SCOPE = "runtime.governance.write"
CLOCKS_APART = timedelta(minutes=5)
_FOR_TIME = "ended for time; the next run does the rest"
_TOLD = "told to stop; the next run does the rest"
_LOCK = "a run"  # no slug can be so
# What goes otherwise than by rows of one table.
_LOOK = {STEP_LOG: plan_logs, ENDED: plan_ended}
_DO = {STEP_LOG: carry_out, ENDED: purge_ended}


class AnotherRun(Refused):
    """What is due is being purged: nothing is left undone by not beginning."""


@dataclass(frozen=True)
class Wanted:
    """What a run is asked for; empty is everything."""

    tenant_id: str = ""
    data_class: str = ""
    as_of: datetime | None = None
    dry_run: bool = False
    exception_id: UUID | None = None
    max_seconds: int | None = None


@dataclass(frozen=True)
class Ran:
    run: RetentionRun
    entries: list[RetentionEntry]
    ended_for_time: bool = False
    stopped: bool = False

    @property
    def is_wanting(self) -> bool:
        return self.run.status == RunStatus.FOUND_WANTING

    def as_api(self) -> dict[str, Any]:
        return {
            "runId": str(self.run.id),
            "asOf": self.run.as_of.isoformat(),
            "dryRun": self.run.dry_run,
            "endedForTime": self.ended_for_time,
            "stopped": self.stopped,
            **({"exceptionId": str(self.run.exception_id)} if self.run.exception_id else {}),
            "entries": [entry.as_api() for entry in self.entries],
        }


def run_retention(
    wanted: Wanted,
    *,
    actor: Actor,
    say: Callable[[str], None] = lambda line: None,
    stream: TextIO | None = None,
) -> Ran:
    """Purges what is due, or tells what would go; no new batch once `max_seconds` are over or it is
    told to stop (apps.retention.limit). On `stream`, where that is a terminal, a bar.

    Raises Invalid (no such class; a time to come without a dry run; an exception of another tenant
    or class), NotFound (no such tenant or exception), AnotherRun (one is at work), Refused (clocks
    that cannot be trusted; an exception that is not approved, or has lapsed; no key to certify
    with).
    """
    if wanted.data_class and wanted.data_class not in CLASSES:
        raise Invalid.field("dataClass", f"choose from {', '.join(CLASSES)}.")
    if wanted.max_seconds is not None and (wanted.dry_run or wanted.exception_id):
        raise Invalid.field("maxSeconds", "a dry run or a run by an exception does all of it.")
    limit = Limit(wanted.max_seconds)
    if not wanted.dry_run:
        signing.public_key()
    with contextlib.nullcontext() if wanted.dry_run else _alone():
        run = _start(wanted, actor)
        if not run.dry_run:
            _take_up(run, actor)
        by_days = drop_days(run, actor=actor, limit=limit, say=say)
        entries, short = [], set[UUID]()
        for tenant_id in _tenants(run, actor, in_turn=wanted.max_seconds is not None):
            if limit.reached():
                break
            for data_class in _classes(tenant_id):
                if run.only_class not in ("", data_class):
                    continue
                if limit.reached():
                    break
                entry = _one(run, tenant_id, data_class, actor, limit, stream)
                entries.append(entry)
                if limit.cut:
                    short.add(entry.id)
                say(_told(entry))
            if not run.dry_run:
                certify(run, tenant_id, actor=actor, interrupted=limit.told)
                by_days.pop(tenant_id, None)
        # Those that time did not reach: what went of them with whole days is certified, too.
        for tenant_id, entry in sorted(by_days.items()):
            certify(run, tenant_id, actor=actor, interrupted=limit.told)
            entries.append(entry)
        _finish(run, entries, actor, limit, short)
        return Ran(run, entries, limit.cut and not limit.told, limit.told)


def _classes(tenant_id: str) -> tuple[str, ...]:
    """Blobs after their rows, and what ended last: bindings say where all others lie."""
    return (ENDED,) if tenant_id == PLATFORM else (*governed(), STEP_LOG, ENDED)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """A lock of the session: it falls with the connection of a run that is killed."""
    connection = connections[door.current_alias()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(app.retention_lock(%s))", [_LOCK])
        if not cursor.fetchone()[0]:
            raise AnotherRun("Another run is at work.")
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
        if wanted.exception_id:
            wanted = _by_exception(wanted, wanted.exception_id, now)
        run = RetentionRun.objects.create(
            tenant_id=PLATFORM,
            as_of=wanted.as_of or now,
            dry_run=wanted.dry_run,
            only_tenant=wanted.tenant_id,
            only_class=wanted.data_class,
            exception_id=wanted.exception_id,
            started_by_kind=actor.kind,
            started_by_label=actor.label,
        )
        _record(run, "retention_run.started", after=run.as_api())
    return run


def _by_exception(wanted: Wanted, exception_id: UUID, now: datetime) -> Wanted:
    """Of its tenant and class alone. The database asks the same when the run begins."""
    found = GovernanceException.objects.filter(id=exception_id).first()
    if found is None:
        raise NotFound(f"There is no exception {exception_id}.")
    if wanted.tenant_id not in ("", found.tenant_id):
        raise Invalid.field("exceptionId", f"is an exception of {found.tenant_id}.")
    if wanted.data_class not in ("", found.data_class):
        raise Invalid.field("exceptionId", f"is an exception for {found.data_class}.")
    if found.status != ExceptionStatus.APPROVED:
        raise Refused(f"The exception is {found.status}.")
    if found.lapses_at <= now:
        raise Refused(f"The exception lapsed at {found.lapses_at.isoformat()}.")
    return replace(wanted, tenant_id=found.tenant_id, data_class=found.data_class)


def _take_up(run: RetentionRun, actor: Actor) -> None:
    """Who holds the lock runs alone: what says that it is running was killed.

    What it did is certified first: the database lets no run end before that.
    """
    with enter_platform(actor=actor):
        running = RetentionRun.objects.filter(status=RunStatus.RUNNING, dry_run=False)
        killed = list(running.exclude(id=run.id).order_by("id"))
    for other in killed:
        with enter_platform(actor=actor):
            # A day that is being dropped yet holds the run's row until it has gone, or has not.
            RetentionRun.objects.select_for_update().get(id=other.id)
            entries = RetentionEntry.objects.filter(run_id=other.id).order_by()
            tenants = sorted(set(entries.values_list("tenant_id", flat=True)))
        for tenant_id in tenants:
            certify(other, tenant_id, actor=actor, interrupted=True)
        with enter_platform(actor=actor):
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


def _tenants(run: RetentionRun, actor: Actor, *, in_turn: bool = False) -> list[str]:
    """`in_turn`: first whom no run came to for longest, so that one out of time starves nobody."""
    with enter_platform(actor=actor):
        found = Tenant.objects.exclude(status="Closed")
        if run.only_tenant:
            found = found.filter(tenant_id=run.only_tenant)
        if in_turn:
            entries = RetentionEntry.objects.filter(tenant_id=OuterRef("tenant_id"), dry_run=False)
            # Whole days go before any tenant's turn has come.
            came_to = entries.exclude(data_class=DATA_CLASS)
            last = Subquery(came_to.order_by("-id").values("id")[:1])
            found = found.order_by(last.asc(nulls_first=True), "tenant_id")
        else:
            found = found.order_by("tenant_id")
        return list(found.values_list("tenant_id", flat=True))


@spanned("retention class", lambda run, tenant, data_class, *_: of_class(tenant, data_class))
def _one(
    run: RetentionRun,
    tenant_id: str,
    data_class: str,
    actor: Actor,
    limit: Limit,
    stream: TextIO | None,
) -> RetentionEntry:
    """One data class of one tenant, in each of its partitions until time is over."""
    if data_class == ENDED and not run.dry_run:
        note_empty_environments(tenant_id, actor)
    entry, schemas = _plan(run, tenant_id, data_class, actor)
    if run.dry_run or not entry.due:
        return entry
    bar = Progress(stream, entry.due, f"of {tenant_id} {data_class}") if stream else None
    for number, schema in enumerate(schemas):
        if number and limit.reached():
            break
        work = Work(
            actor, tenant_id, schema, data_class, run.as_of, entry, run.exception_id, limit, bar=bar
        )
        try:
            _DO.get(data_class, purge)(work)
        except DatabaseError as error:
            work.note(_first_line(schema, error))
        if work.problems:
            _note(entry, work, actor)
    if bar:
        bar.end()
    with enter_records(tenant_id, actor=actor):
        entry.refresh_from_db()
    return entry


def _plan(
    run: RetentionRun, tenant_id: str, data_class: str, actor: Actor
) -> tuple[RetentionEntry, list[str]]:
    with enter_records(tenant_id, actor=actor, writing=True):
        name_run(run.id)
        schemas, failed = [], []
        due, held_back = 0, dict[str, int]()
        here = [CONTROL_PLANE] if data_class == ENDED else []
        for schema in [*partitions(tenant_id), *here]:
            # A dry run takes nothing away, so that what it would have taken still names things.
            foretell = run.dry_run and not run.only_class
            look = _LOOK.get(data_class, plan)
            try:
                with door.atomic():
                    found, kept = look(schema, data_class, run.as_of, foretell=foretell)
            except DatabaseError as error:
                failed.append(_first_line(schema, error))
                continue
            schemas.append(schema)
            due += found
            for reason, count in kept.items():
                held_back[reason] = held_back.get(reason, 0) + count
        if run.exception_id:
            covered = ExceptedRow.objects.filter(exception_id=run.exception_id).count()
            if gone := covered - due - sum(held_back.values()):
                held_back["gone"] = gone
        entry = entry_of(run, tenant_id, data_class)
        entry.due += due
        entry.held_back = held_back
        entry.failed = "; ".join(failed)
        entry.save(update_fields=["due", "held_back", "failed"])
    return entry, schemas


def _first_line(schema: str, error: DatabaseError) -> str:
    return f"{schema}: {str(error).splitlines()[0]}"


def _note(entry: RetentionEntry, work: Work, actor: Actor) -> None:
    with enter_records(entry.tenant_id, actor=actor, writing=True):
        entry.failed = "; ".join(filter(None, [entry.failed, *work.problems]))
        entry.save(update_fields=["failed"])


def _finish(
    run: RetentionRun,
    entries: list[RetentionEntry],
    actor: Actor,
    limit: Limit,
    short: set[UUID],
) -> None:
    """Where something was due and nothing went, the run is no success, and it is an alert.

    One that was told to stop ends as interrupted, so that it spends no exception.
    """
    for_time = [_FOR_TIME] if limit.cut else []
    left = [
        f"{entry.tenant_id} {entry.data_class}: {problem}"
        for entry in entries
        if (problem := wanting(entry, short))
    ]
    with _standing(run, actor):
        if limit.told:
            _end(run, "interrupt", "retention_run.interrupted", "\n".join([*left, _TOLD]))
        elif left:
            note = "\n".join([*left, *for_time])
            _end(run, "find_wanting", "retention_run.found_wanting", note)
        else:
            _end(run, "complete", "retention_run.completed", "".join(for_time))
        tell_alerts(run, entries, short)
        if run.exception_id and not run.dry_run:
            _record_spent(run, run.exception_id)


def _standing(run: RetentionRun, actor: Actor) -> AbstractContextManager[Any]:
    """Where a run ends: what it spent stands in the tenant's chain."""
    if run.exception_id is None:
        return enter_platform(actor=actor)
    return enter_tenant(run.only_tenant, actor=actor, partition="public", writing=True)


def _record_spent(run: RetentionRun, exception_id: UUID) -> None:
    """One that was withdrawn meanwhile is not spent, and nothing went by it since."""
    spent = GovernanceException.objects.filter(id=exception_id, spent_by_run=run.id).first()
    if spent:
        audit.record(
            "exception.spent",
            object_type="exception",
            object_id=spent.id,
            environment_id=spent.environment_id,
            before={"status": str(ExceptionStatus.APPROVED)},
            after={**spent.as_api(), "runId": str(run.id)},
            tenant_id=spent.tenant_id,
        )


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
