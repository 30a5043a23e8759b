"""Batches of a purge, each a transaction of its own, as the steward.

This and `going` are the only code that deletes a tenant's rows. It plans, names the rows and sends
the DELETE; the database decides (apps.core.walls.retention). What went is compared with what was
named: a batch that differs is undone whole. The statement that deletes a row writes its leaf of the
run's certificate. It must never delete what it has not named, retry without asking anew, or hold
its locks for longer than a batch.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, OperationalError
from django.db.models import F

from apps.core import audit
from apps.core.access import Actor
from apps.core.progress import Progress
from apps.core.traces import note_rows, of_class, spanned
from apps.core.walls.classes import followers, governed
from apps.retention.going import Going, give_back, lock_usage, rows, take
from apps.retention.limit import Limit
from apps.retention.models import RemovedLog, RetentionEntry
from apps.tenant_bindings.context import enter_tenant

STEPS = "deployments_deploymentstep"
SERVICES = "services_runtimeservice"
_LOOK = "FROM app.why(%s, %s, p_at => %s, p_past => true, p_after => %s, p_limit => %s)"
# Names what goes, and tells of it: how many, where, a digest of the ids; and how many were looked
# at, and the last. The ids themselves never leave the database.
_NAME = f"""
SELECT count(*) FILTER (WHERE kept_by IS NULL),
  array_agg(DISTINCT environment_id) FILTER (WHERE kept_by IS NULL),
  encode(sha256(convert_to(
    string_agg(id::text, E'\\n' ORDER BY id) FILTER (WHERE kept_by IS NULL), 'UTF8')), 'hex'),
  count(*), (array_agg(id ORDER BY id DESC))[1],
  set_config('app.purging', coalesce(
    array_agg(id ORDER BY id) FILTER (WHERE kept_by IS NULL), '{{}}')::text, true)
{_LOOK}
"""
FIRST, LEAST, MOST = 250, 10, 4_000
# How long a batch should take, whatever its rows cost: locks are never held over 200 ms.
AIM_SECONDS = 0.08
# A lock that was not to be had, or a deadlock: tried again a little later.
BUSY = ("55P03", "40P01")
WAIT_MS, PAUSE_SECONDS, MOST_TRIES, MOST_TOLD = 100, 0.2, 25, 20


class Stayed(Exception):
    """The database kept rows that were named: the batch is undone."""


@dataclass
class Work:
    """One data class of one tenant in one partition, for one run.

    `after` is the last row looked at: a run looks at each row once.
    """

    actor: Actor
    tenant_id: str
    schema: str
    data_class: str
    as_of: datetime
    entry: RetentionEntry
    exception_id: UUID | None = None
    limit: Limit = field(default_factory=Limit)
    after: UUID | None = None
    size: int = FIRST
    tries: int = 0
    problems: list[str] = field(default_factory=list)
    # Of the class in all of its partitions.
    bar: Progress | None = None

    def show(self, count: int) -> None:
        """For whoever watches: so many more have gone."""
        if self.bar:
            self.bar.more(count)

    def note(self, problem: str) -> None:
        """Tells the first of what did not go; there may be as many as rows."""
        if len(self.problems) < MOST_TOLD:
            self.problems.append(problem)


def plan(
    schema: str, data_class: str, as_of: datetime, *, foretell: bool
) -> tuple[int, dict[str, int]]:
    """(due, {reason: held back}) of what has passed its window, for the tenant entered.

    A row that goes itself at that time keeps nothing that it names where `foretell` says so.
    """
    found = dict(
        rows(
            "SELECT kept_by, count(*) FROM app.why(%s, %s, p_at => %s, p_past => true, "
            "p_foretell => %s) GROUP BY 1",
            [schema, data_class, as_of, foretell],
        )
    )
    return found.pop(None, 0), found


def purge(work: Work) -> None:
    """Batch after batch until every row has been looked at, or time is over.

    What went is in the entry.

    Where something came to name a row, or a hold came, it is asked again and is not due. What will
    not go for another reason is told and left behind, alone.
    """
    more = True
    while more:
        try:
            more = _batch(work)
            work.tries = 0
        except (IntegrityError, Stayed) as error:
            more = _past(work, str(error))
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in BUSY:
                raise
            work.tries += 1
            if work.tries < MOST_TRIES:
                time.sleep(PAUSE_SECONDS)
            else:
                more = _past(work, "somebody works with it")
        if more and work.limit.reached():
            return


def _past(work: Work, problem: str) -> bool:
    """Smaller batches until one row alone will not go; then past it."""
    if work.size > 1:
        work.size = max(1, work.size // 10)
        return True
    work.note(problem.splitlines()[0])
    work.tries, work.size = 0, LEAST
    return _skip(work)


@spanned("retention batch", lambda work: of_class(work.tenant_id, work.data_class))
def _batch(work: Work) -> bool:
    with _entered(work):
        ((count, environments, digest, looked_at, last, _),) = rows(
            _NAME, [work.schema, work.data_class, work.as_of, work.after, work.size]
        )
        if count:
            started = time.monotonic()
            _delete(work, Going(work.tenant_id, work.schema, count, environments, digest))
    if count:
        _adapt(work, time.monotonic() - started)
        work.show(count)
    if looked_at:
        work.after = last
    return bool(looked_at)


def _skip(work: Work) -> bool:
    with _entered(work):
        looked_at = rows(
            f"SELECT id {_LOOK}",
            [work.schema, work.data_class, work.as_of, work.after, 1],
        )
    if looked_at:
        work.after = looked_at[-1][0]
    return bool(looked_at)


@contextmanager
def _entered(work: Work) -> Iterator[None]:
    with enter_tenant(work.tenant_id, actor=work.actor, partition="public", writing=True):
        name_run(work.entry.run_id)
        yield


def name_run(run_id: UUID) -> None:
    """Until this transaction ends: by the exception that the run names rows may go too."""
    rows(f"SET LOCAL app.run = '{run_id}'", [])


def _delete(work: Work, going: Going) -> None:
    """The DELETE takes the lock and decides; what was named must be what went."""
    table, _ = governed()[work.data_class]
    # Whoever waits for the retention lock does not wait for whom this batch waits for.
    rows(
        "SELECT set_config('lock_timeout', %s, true), set_config('app.as_of', %s, true)",
        [str(WAIT_MS), work.as_of.isoformat()],
    )
    tables = [*followers(table), (table, "id")]
    # Usage comes before services and after deployments and configurations, as for who spends.
    if table == SERVICES:
        lock_usage(going)
    if STEPS in dict(tables):
        _list_logs(work, going)
    gone = take(going, tables, data_class=work.data_class, run=work.entry.run_id)
    count = gone.counts.get(table, 0)
    if count != going.count:
        raise Stayed(f"{going.count - count} of {going.count} rows stayed.")
    note_rows(count)
    if gone.stored:
        give_back(going, gone.stored)
    RetentionEntry.objects.filter(id=work.entry.id).update(
        purged=F("purged") + count, bytes=F("bytes") + gone.size
    )
    audit.record(
        "retention.purged",
        object_type="retention_run",
        object_id=work.entry.run_id,
        after={
            "dataClass": work.data_class,
            "count": count,
            "digest": going.digest,
            **({"exceptionId": str(work.exception_id)} if work.exception_id else {}),
        },
        tenant_id=work.tenant_id,
    )


def _list_logs(work: Work, going: Going) -> None:
    """Notes the blobs whose rows go now: they go after them (apps.retention.step_logs)."""
    where, parameters = going.where("deployment_id")
    found = rows(
        "SELECT t.environment_id, t.log_path, t.log_bytes, t.log_sha256 "  # noqa: S608
        f"FROM {going.table(STEPS)} t WHERE {where} AND t.log_path <> ''",
        parameters,
    )
    RemovedLog.objects.bulk_create(
        RemovedLog(
            tenant_id=work.tenant_id,
            environment_id=environment,
            run_id=work.entry.run_id,
            path=path,
            bytes=size,
            sha256=sha256,
        )
        for environment, path, size, sha256 in found
    )


def _adapt(work: Work, seconds: float) -> None:
    """Grows at most threefold and shrinks to half at most: one slow commit says little."""
    factor = min(max(AIM_SECONDS / seconds, 0.5), 3)
    work.size = min(max(LEAST, round(work.size * factor)), MOST)


def cutoff(data_class: str, as_of: datetime) -> datetime | None:
    """What has its clock before this has passed its window, for the tenant entered."""
    found: datetime | None = rows("SELECT app.cutoff(%s, %s)", [data_class, as_of])[0][0]
    return found


def partitions(tenant_id: str) -> Iterator[str]:
    """Where that tenant's rows may lie: released bindings leave theirs behind."""
    for (schema,) in rows(
        "SELECT DISTINCT b.data_partition FROM public.tenant_bindings_runtimetenantbinding b "
        "WHERE b.tenant_id = %s AND to_regnamespace(quote_ident(b.data_partition)) IS NOT NULL "
        "ORDER BY 1",
        [tenant_id],
    ):
        yield str(schema)
