"""What a run does with the blobs of step logs, as the steward: tiers those past their window, and
deletes those whose row has gone.

A hold keeps a blob from being deleted, not from the cool tier, where it stays whole. A deletion is
decided after the tenant's retention lock has been taken, of a blob that no row names, and is done
only when a read has answered that it is gone. The tier written down is the one that was seen, never
the one that was asked for. Must never delete a path that is not on the list, nor take a store that
does not answer for a blob that has gone.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now

from apps.core import audit, door
from apps.core.walls.governance import ROW_DIGEST
from apps.deployments.log_storage import StoreDown
from apps.deployments.logs import tiered
from apps.retention.going import rows, table
from apps.retention.models import RemovedLog, RetentionEntry
from apps.retention.purge import STEPS, Work, partitions
from apps.retention.store import COOL, Store, Unwilling, store
from apps.tenant_bindings.context import enter_tenant

STEP_LOG = "step-log"
DEPLOYMENTS = "deployments_runtimedeployment"
BATCH = 100
# A transaction that deletes holds the retention lock: it is short, whatever is left to do.
LOCKED_SECONDS = 0.15

# A step's clock, or its deployment's where that ended before the step did. %s: tenant, time.
_PAST = (
    "FROM {steps} t JOIN {deployments} d ON (d.tenant_id, d.environment_id, d.id) "
    "= (t.tenant_id, t.environment_id, t.deployment_id) "
    "WHERE t.tenant_id = %s AND t.log_tier IN ('', 'Hot') AND t.log_path <> '' "
    f"AND coalesce(t.finished_at, d.finished_at) < app.cutoff('{STEP_LOG}', %s)"
)
# Entries of the list in that partition; `free`: of no hold. %s: partition, time, tenant, partition.
_LISTED = (
    "FROM public.retention_removedlog l CROSS JOIN LATERAL (SELECT l.environment_id = ANY "
    "((SELECT app.unheld(%s, 'step-log', %s))::uuid[]) AS free) h WHERE l.tenant_id = %s "
    "AND l.gone_at IS NULL AND l.environment_id IN (SELECT b.environment_id FROM "
    "public.tenant_bindings_runtimetenantbinding b WHERE b.tenant_id = l.tenant_id "
    "AND b.data_partition = %s)"
)


def plan_logs(
    schema: str, data_class: str, as_of: datetime, *, foretell: bool
) -> tuple[int, dict[str, int]]:
    """(due, {reason: held back}) of blobs, for the tenant entered; as purge.plan tells of rows."""
    listed = dict(
        rows(f"SELECT h.free IS TRUE, count(*) {_LISTED} GROUP BY 1", _listed_in(schema, as_of))
    )
    due = listed.get(True, 0)
    if tiered():
        due += rows(f"SELECT count(*) {_past(schema)}", [door.tenant(), as_of])[0][0]
    if foretell:
        due += _foretold(schema, as_of)
    return due, {"hold": listed[False]} if False in listed else {}


def due_logs(schema: str) -> tuple[int, int, datetime | None]:
    """(due, held back, when the oldest became due) of blobs now, for the tenant entered."""
    listed = {
        free: (count, since)
        for free, count, since in rows(
            f"SELECT h.free IS TRUE, count(*), min(l.removed_at) {_LISTED} GROUP BY 1",
            [schema, None, door.tenant(), schema],
        )
    }
    due, since = listed.get(True, (0, None))
    if tiered():
        past, oldest = rows(
            "SELECT count(*), min(coalesce(t.finished_at, d.finished_at)) "
            f"+ make_interval(hours => 24 * app.retention_window('{STEP_LOG}')) {_past(schema)}",
            [door.tenant(), None],
        )[0]
        due, since = due + past, min(filter(None, (since, oldest)), default=None)
    return due, listed.get(False, (0, None))[0], since


def _foretold(schema: str, as_of: datetime) -> int:
    """Logs whose rows would go, so that they would come onto the list; those due already not."""
    clauses = f" AND t.id NOT IN (SELECT t.id {_past(schema)})" if tiered() else ""
    found: int = rows(
        f"SELECT count(*) FROM {table(schema, STEPS)} t WHERE t.tenant_id = %s "  # noqa: S608
        "AND t.log_path <> '' AND t.deployment_id IN (SELECT w.id FROM app.why(%s, "
        "'deployment-history', p_at => %s, p_past => true, p_foretell => true) w "
        f"WHERE w.kept_by IS NULL) AND t.environment_id = ANY (app.unheld(%s, '{STEP_LOG}', %s))"
        f"{clauses}",
        [door.tenant(), schema, as_of, schema, as_of, *([door.tenant(), as_of] if clauses else [])],
    )[0][0]
    return found


def carry_out(work: Work) -> None:
    """Tiers, then deletes. What will not is told, and taken up by the next run.

    Where the store does not answer it stops: every blob would wait as long for the same.
    """
    try:
        there = store()
        if there.has_tiers:
            _tier(work, there)
        if not work.limit.cut:
            _delete(work, there)
    except StoreDown as error:
        work.note(str(error))


@dataclass
class _Seen:
    """What came of one log."""

    step: UUID
    tier: str = ""
    size: int | None = None
    problem: str = ""


def _tier(work: Work, there: Store) -> None:
    after = UUID(int=0)
    while batch := _hot(work, after):
        seen = []
        try:
            for step, path, size in batch:
                seen.append(_cooled(there, step, path, size))
        except StoreDown as error:
            seen.append(_Seen(batch[len(seen)][0], problem=str(error)))
            raise
        finally:
            _write_down(work, seen)
        after = batch[-1][0]
        if work.limit.reached():
            return


def _hot(work: Work, after: UUID) -> list[tuple[UUID, str, int]]:
    with _entered(work):
        return rows(
            f"SELECT t.id, t.log_path, t.log_bytes {_past(work.schema)} AND t.id > %s "
            f"ORDER BY t.id LIMIT {BATCH}",
            [work.tenant_id, work.as_of, after],
        )


def _cooled(there: Store, step: UUID, path: str, size: int) -> _Seen:
    """Looks before and after: it may be cool already, and is so only when the store says it."""
    found = there.look(path)
    if found is None:
        return _Seen(step, problem="there is no such blob")
    if found.size != size:
        return _Seen(step, found.tier, found.size, f"the row says {size} bytes")
    problem = ""
    if found.tier in ("", "Hot"):
        try:
            there.cool(path)
        except Unwilling as error:
            problem = str(error)
        found = there.look(path) or found
        if found.tier != COOL:
            problem = problem or f"stays in tier {found.tier or 'unknown'}"
    elif found.tier == "Archive":
        problem = "archived by somebody: it cannot be read until it is rehydrated"
    return _Seen(step, found.tier, found.size, problem)


def _write_down(work: Work, seen: Sequence[_Seen]) -> None:
    cool = [one for one in seen if one.tier not in ("", "Hot") and not one.problem]
    if not seen:
        return
    with _entered(work):
        rows(
            f"UPDATE {table(work.schema, STEPS)} t SET log_tier = CASE WHEN s.bytes IS NULL "  # noqa: S608
            "THEN t.log_tier ELSE s.tier END, log_observed_bytes = coalesce(s.bytes, "
            "t.log_observed_bytes), log_observed_at = now(), log_problem = s.problem FROM "
            "unnest(%s::uuid[], %s::text[], %s::bigint[], %s::text[]) s (id, tier, bytes, problem) "
            "WHERE t.tenant_id = %s AND t.id = s.id",
            [
                [one.step for one in seen], [one.tier for one in seen], [one.size for one in seen],
                [one.problem[:200] for one in seen], work.tenant_id,
            ],
        )  # fmt: skip
        RetentionEntry.objects.filter(id=work.entry.id).update(tiered=F("tiered") + len(cool))
        if cool:
            _record(work, "retention.tiered", [str(one.step) for one in cool])
    for one in seen:
        if one.problem:
            work.note(f"the log of step {one.step}: {one.problem}")


@dataclass
class _Removing:
    """One transaction's worth of the list."""

    gone: list[tuple[UUID, str, int]] = field(default_factory=list)
    problems: list[tuple[UUID, str, str]] = field(default_factory=list)


def _delete(work: Work, there: Store) -> None:
    after: UUID | None = UUID(int=0)
    while after is not None:
        after = _some(work, there, after)
        if after is not None and work.limit.reached():
            return


def _some(work: Work, there: Store, after: UUID) -> UUID | None:
    """As many as fit the time; the last one looked at, or None where there is no more."""
    done, down = _Removing(), None
    with _entered(work):
        # Before anything is read: a hold that was placed by now is seen, one to come waits.
        if rows("SELECT app.shares_retention()", []) != [(True,)]:
            raise StoreDown("nothing may be decided in this transaction")
        listed = rows(
            f"SELECT l.id, l.path, l.bytes {_LISTED} AND h.free AND l.id > %s "
            f"ORDER BY l.id LIMIT {BATCH}",
            [*_listed_in(work.schema, work.as_of), after],
        )
        named = _named(work, [path for _, path, _ in listed])
        started = time.monotonic()
        for entry, path, size in listed:
            after = entry
            try:
                problem = "a row names it" if path in named else _removed(there, path)
            except StoreDown as error:
                down, problem = error, str(error)
            if problem:
                done.problems.append((entry, path, problem))
            else:
                done.gone.append((entry, path, size))
            if down or time.monotonic() - started > LOCKED_SECONDS:
                break
        _mark(work, done)
    if down:
        raise down
    return after if listed else None


def _removed(there: Store, path: str) -> str:
    """Why it has not gone; empty when a read has answered that it is gone."""
    try:
        there.delete(path)
    except Unwilling as error:
        return str(error)
    return "it is there after its deletion" if there.look(path) else ""


def _named(work: Work, paths: Sequence[str]) -> set[str]:
    """Which of these a row names after all, in any of the tenant's partitions."""
    steps = [step for path in paths if (step := _step_of(path))]
    return {
        str(path)
        for schema in partitions(work.tenant_id)
        for (path,) in rows(
            f"SELECT log_path FROM {table(schema, STEPS)} "  # noqa: S608
            "WHERE tenant_id = %s AND id = ANY (%s) AND log_path <> ''",
            [work.tenant_id, steps],
        )
    }


def _step_of(path: str) -> UUID | None:
    """A row names the path of its own step alone (the database holds it), so no other path."""
    try:
        return UUID(PurePosixPath(path).stem)
    except ValueError:
        return None


def _mark(work: Work, done: _Removing) -> None:
    gone = [entry for entry, _, _ in done.gone]
    # The leaf of a blob is of its entry on the list.
    rows(
        "INSERT INTO public.retention_disposedrow (tenant_id, data_class, row_id, run_id, digest) "  # noqa: S608
        f"SELECT t.tenant_id, '{STEP_LOG}', t.id, %s, {ROW_DIGEST} "
        "FROM public.retention_removedlog t WHERE t.tenant_id = %s AND t.id = ANY (%s)",
        [work.entry.run_id, work.tenant_id, gone],
    )
    RemovedLog.objects.filter(id__in=gone).update(gone_at=Now(), problem="")
    for entry, path, problem in done.problems:
        RemovedLog.objects.filter(id=entry).update(problem=problem[:200])
        work.note(f"{path}: {problem}")
    if done.gone:
        RetentionEntry.objects.filter(id=work.entry.id).update(
            purged=F("purged") + len(gone), bytes=F("bytes") + sum(size for *_, size in done.gone)
        )
        _record(work, "retention.blobs_removed", [path for _, path, _ in done.gone])


def _record(work: Work, action: str, what: Sequence[str]) -> None:
    audit.record(
        action,
        object_type="retention_run",
        object_id=work.entry.run_id,
        after={
            "dataClass": STEP_LOG,
            "count": len(what),
            "digest": hashlib.sha256("\n".join(what).encode()).hexdigest(),
        },
        tenant_id=work.tenant_id,
    )


def _entered(work: Work) -> Any:
    return enter_tenant(work.tenant_id, actor=work.actor, partition="public", writing=True)


def _past(schema: str) -> str:
    return _PAST.format(steps=table(schema, STEPS), deployments=table(schema, DEPLOYMENTS))


def _listed_in(schema: str, as_of: datetime) -> list[Any]:
    return [schema, as_of, door.tenant(), schema]
