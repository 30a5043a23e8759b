"""What has ended goes a year later: rows of class `ended`, in partitions and the control plane.

Batches like those of apps.retention.purge, as the steward: it names the rows, the database decides
(apps.core.walls.ended), and a batch of which other rows went than were named is undone whole. The
statement that deletes a row writes its leaf. It must never delete what it has not named.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, OperationalError
from django.db.models import F

from apps.core import audit
from apps.core.access import Actor
from apps.core.audit import CONTROL_PLANE
from apps.core.traces import of_class, spanned
from apps.core.walls.classes import ended
from apps.core.walls.ended import ENDED
from apps.core.walls.governance import ROW_DIGEST
from apps.quotas.queries import ROW_BYTES, STORED
from apps.retention.going import Going, give_back, rows, table
from apps.retention.models import RetentionEntry
from apps.retention.purge import BUSY, MOST_TRIES, PAUSE_SECONDS, WAIT_MS, Stayed, Work, name_run
from apps.tenant_bindings.context import enter_records

ENVIRONMENTS = "environments_runtimeenvironment"
# Some 40 ms: locks are never held over 200.
AT_ONCE = 500
_LOOK = "FROM app.ended(%s, %s, p_at => %s, p_past => true, p_after => %s, p_limit => %s)"


def tables(schema: str) -> Iterator[str]:
    """Those whose rows end there, in an order that breaks no reference."""
    for name, kind in ended().items():
        if kind.in_partition is (schema != CONTROL_PLANE):
            yield name


def plan_ended(
    schema: str, data_class: str, as_of: datetime, *, foretell: bool
) -> tuple[int, dict[str, int]]:
    """(due, {reason: held back}) of what has ended long enough ago, for the tenant entered."""
    due, kept = 0, dict[str, int]()
    for name in tables(schema):
        for why, count in rows(
            f"SELECT kept_by, count(*) {_LOOK} GROUP BY 1", [schema, name, as_of, None, None]
        ):
            if why is None:
                due += count
            else:
                kept[why] = kept.get(why, 0) + count
    return due, kept


def note_empty_environments(tenant_id: str, actor: Actor) -> int:
    """Marks the tenant's decommissioned environments below which nothing is left; how many.

    From then on their own year runs. The database refuses the mark where a binding stands.
    """
    with enter_records(tenant_id, actor=actor, writing=True):
        found = rows(
            f"UPDATE public.{ENVIRONMENTS} e SET emptied_at = now() "  # noqa: S608
            "WHERE e.tenant_id = %s AND e.status = 'Decommissioned' AND e.emptied_at IS NULL "
            "AND NOT EXISTS (SELECT FROM public.tenant_bindings_runtimetenantbinding b "
            "WHERE b.environment_id = e.id) RETURNING e.id",
            [tenant_id],
        )
        for (environment,) in found:
            audit.record(
                "environment.emptied",
                object_type="environment",
                object_id=environment,
                environment_id=environment,
                tenant_id=tenant_id,
            )
    return len(found)


def purge_ended(work: Work) -> None:
    """Each table there, batch after batch, until time is over.

    What will not go is told, and left behind alone.
    """
    for name in tables(work.schema):
        work.after, work.size, work.tries = None, AT_ONCE, 0
        while _next(work, name):
            if work.limit.reached():
                return


def _next(work: Work, name: str) -> bool:
    try:
        more = _batch(work, name)
    except (IntegrityError, Stayed) as error:
        return _past(work, name, str(error))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) not in BUSY:
            raise
        work.tries += 1
        if work.tries >= MOST_TRIES:
            return _past(work, name, "somebody works with it")
        time.sleep(PAUSE_SECONDS)
        return True
    work.tries = 0
    return more


def _past(work: Work, name: str, problem: str) -> bool:
    """Smaller batches until one row alone will not go; then past it."""
    if work.size > 1:
        work.size = max(1, work.size // 10)
        return True
    work.note(problem.splitlines()[0])
    work.tries = 0
    with enter_records(work.tenant_id, actor=work.actor):
        looked_at = _looked_at(work, name)
    if looked_at:
        work.after = looked_at[-1][0]
    return bool(looked_at)


def _looked_at(work: Work, name: str) -> list[tuple[UUID, str | None]]:
    found: list[tuple[UUID, str | None]] = rows(
        f"SELECT id, kept_by {_LOOK}", [work.schema, name, work.as_of, work.after, work.size]
    )
    return found


@spanned("retention batch", lambda work, name: of_class(work.tenant_id, work.data_class))
def _batch(work: Work, name: str) -> bool:
    with enter_records(work.tenant_id, actor=work.actor, writing=True):
        name_run(work.entry.run_id)
        looked_at = _looked_at(work, name)
        going = [row for row, kept_by in looked_at if kept_by is None]
        if going:
            _delete(work, name, going)
    work.show(len(going))
    if looked_at:
        work.after = looked_at[-1][0]
    return bool(looked_at)


def _delete(work: Work, name: str, going: list[UUID]) -> None:
    """The DELETE takes the lock and decides; what was named must be what went."""
    named = ",".join(map(str, going))
    rows(f"SET LOCAL lock_timeout = {WAIT_MS}", [])
    rows(f"SET LOCAL app.as_of = '{work.as_of.isoformat()}'", [])
    rows(f"SET LOCAL app.purging = '{{{named}}}'", [])
    # Of a table whose rows count for the quota: what its environment gets back.
    stored = f"{ROW_BYTES} + {STORED[name]}" if name in STORED else "0"
    environment = "t.environment_id" if name in STORED else "NULL::uuid"
    taken = rows(
        f"WITH gone AS (DELETE FROM {table(work.schema, name)} t "  # noqa: S608
        "WHERE t.tenant_id = %s AND t.id = ANY (%s) "
        f"RETURNING t.id, {environment} AS place, {stored} AS stored, "
        f"pg_column_size(t) AS size, {ROW_DIGEST} AS digest), "
        "leaves AS (INSERT INTO public.retention_disposedrow "
        "(tenant_id, data_class, row_id, run_id, digest) "
        "SELECT %s, %s, g.id, %s, g.digest FROM gone g) "
        "SELECT place, count(*), sum(size), sum(stored) FROM gone GROUP BY place",
        [work.tenant_id, going, work.tenant_id, ENDED, work.entry.run_id],
    )
    count = sum(row[1] for row in taken)
    if count != len(going):
        raise Stayed(f"{len(going) - count} of {len(going)} rows of {name} stayed.")
    if name in STORED:
        back = {place: int(stored) for place, _, _, stored in taken}
        give_back(Going(work.tenant_id, work.schema, count, sorted(back), ""), back)
    RetentionEntry.objects.filter(id=work.entry.id).update(
        purged=F("purged") + count, bytes=F("bytes") + sum(int(row[2]) for row in taken)
    )
    audit.record(
        "retention.purged",
        object_type="retention_run",
        object_id=work.entry.run_id,
        after={"dataClass": ENDED, "table": name, **audit.batch(going)},
        tenant_id=work.tenant_id,
    )
