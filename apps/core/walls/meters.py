"""What `/metrics` tells of the platform: numbers by name, without a tenant, a person or a row.

Whoever scrapes is nobody whom the door knows, so one definer function answers: times of jobs and
runs, and counts of the queue. No tenant's name and no text that anybody wrote is in it.
"""

from collections.abc import Mapping

_DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

METER_DEFINERS: Mapping[str, str] = {
    "app.meters()": "/metrics is asked by nobody whom the door knows: it answers with counts and "
    "times of the platform's own records, of no tenant",
}
METER_CALLABLE = ("app.meters()",)


_JOBS = "public.upkeep_jobrecord j WHERE true"
# Runs of everything for everybody, which take away what is due.
_WHOLE = (
    "public.retention_retentionrun r WHERE NOT r.dry_run AND r.only_tenant = '' "
    "AND r.only_class = '' AND r.exception_id IS NULL"
)
_LAST = f"(SELECT r.* FROM {_WHOLE} AND r.ended_at IS NOT NULL ORDER BY r.id DESC LIMIT 1) l"
_SUCCESS = f"(SELECT r.* FROM {_WHOLE} AND r.status = 'Completed' ORDER BY r.id DESC LIMIT 1) l"
_READY = (
    "public.procrastinate_jobs q "
    "WHERE q.status = 'todo' AND (q.scheduled_at IS NULL OR q.scheduled_at <= now())"
)
# When it became ready to be taken.
_SINCE = (
    "coalesce(q.scheduled_at, (SELECT min(e.at) FROM public.procrastinate_events e "
    "WHERE e.job_id = q.id))"
)


def _number(meter: str, value: str, rows: str, label: str = "''") -> str:
    return f"SELECT '{meter}', {label}, ({value})::float8 FROM {rows}"


def _time(meter: str, column: str, rows: str, label: str = "''") -> str:
    """Seconds since 1970; empty where it never was."""
    return _number(meter, f"extract(epoch FROM {column})", rows, label)


_BACKLOG = (
    "(SELECT c.data_class, coalesce(sum(b.due), 0) AS due, coalesce(sum(b.kept), 0) AS kept, "
    "min(b.oldest_due_at) AS oldest FROM unnest(app.retention_classes()) c (data_class) "
    "LEFT JOIN public.upkeep_backlog b ON b.data_class = c.data_class GROUP BY 1) b"
)
_OPEN = (
    "(SELECT k.kind, count(a.id) AS open FROM (VALUES ('nothing-went'), ('overdue')) k (kind) "
    "LEFT JOIN public.upkeep_alert a ON a.kind = k.kind AND a.cleared_at IS NULL GROUP BY 1) a"
)

_LINES = [
    _time("job_started", "j.started_at", _JOBS, "j.name::text"),
    _time("job_succeeded", "j.succeeded_at", _JOBS, "j.name::text"),
    _time("job_failed", "j.failed_at", _JOBS, "j.name::text"),
    _time("run_ended", "l.ended_at", _LAST),
    _number("run_ended_well", "(l.status = 'Completed')::int", _LAST),
    _time("run_succeeded", "l.ended_at", _SUCCESS),
    _number("queue", "count(*)", _READY, "'waiting'"),
    _number("queue", "count(*)", "public.procrastinate_jobs q WHERE q.status = 'doing'", "'doing'"),
    _number("queue_oldest", f"coalesce(extract(epoch FROM now() - min({_SINCE})), 0)", _READY),
    _number("due", "b.due", _BACKLOG, "b.data_class::text"),
    _number("kept", "b.kept", _BACKLOG, "b.data_class::text"),
    _time("oldest_due", "b.oldest", _BACKLOG, "b.data_class::text"),
    _number("alerts", "a.open", _OPEN, "a.kind"),
    _time("worker_seen", "max(w.last_heartbeat)", "public.procrastinate_workers w"),
]

METERS = sorted({line.split("'")[1] for line in _LINES})
METER_FUNCTIONS = [
    f"""
CREATE OR REPLACE FUNCTION app.meters()
RETURNS TABLE (meter text, label text, value double precision) LANGUAGE sql STABLE {_DEFINER} AS $$
SELECT m.* FROM (
  {" UNION ALL ".join(_LINES)}
) m (meter, label, value) WHERE m.value IS NOT NULL
$$
""",
]
