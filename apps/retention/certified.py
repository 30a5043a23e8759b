"""Guards of what a certificate says: while a run is at work it grows, and afterwards it stays.

Certified is what a certificate of that tenant and run stands for. From then on neither a leaf nor
an entry of it can be added or changed, and no run ends before all of its tenants have theirs.
"""

from apps.core.states import edges
from apps.core.walls.guards import Guard
from apps.retention.models import RetentionRun

_CERTIFIED = (
    "EXISTS (SELECT FROM public.retention_certificate c "
    "WHERE c.tenant_id = {0}.tenant_id AND c.run_id = {0}.run_id)"
)
_STAYS = [
    f"IF {_CERTIFIED.format('NEW')} THEN",
    "RAISE EXCEPTION 'a certificate says so: it stays' USING ERRCODE = 'RP422'; END IF;",
]
# Once a statement: a batch writes up to a thousand leaves.
_LEAVES = f"""
BEGIN
IF NOT app.is_owner() AND EXISTS (
  SELECT FROM (SELECT DISTINCT tenant_id, run_id FROM written) w
  WHERE {_CERTIFIED.format("w")} OR NOT EXISTS (
    SELECT FROM public.retention_retentionrun r
    WHERE r.id = w.run_id AND r.status = 'Running' AND NOT r.dry_run)
) THEN
  RAISE EXCEPTION 'a row goes in a run that is at work and not certified yet'
    USING ERRCODE = 'RP409';
END IF;
RETURN NULL;
END
"""
# Of the owner, too, who alone writes them.
_DAYS = [
    f"IF {_CERTIFIED.format('NEW')} OR NOT EXISTS (",
    "SELECT FROM public.retention_retentionrun r",
    "WHERE r.id = NEW.run_id AND r.status = 'Running' AND NOT r.dry_run) THEN",
    "RAISE EXCEPTION 'a day goes in a run that is at work and not certified yet'",
    "USING ERRCODE = 'RP409'; END IF;",
]
_ALL_CERTIFIED = [
    "IF OLD.status = 'Running' AND NEW.status <> 'Running' AND NOT NEW.dry_run AND EXISTS (",
    "SELECT FROM public.retention_retentionentry e",
    f"WHERE e.run_id = NEW.id AND NOT {_CERTIFIED.format('e')}) THEN",
    "RAISE EXCEPTION 'a run ends when it is certified' USING ERRCODE = 'RP409'; END IF;",
]

_BY_EXCEPTION = [
    "IF NEW.exception_id IS NOT NULL AND NOT EXISTS (SELECT "
    "FROM public.retention_governanceexception e "
    "WHERE e.id = NEW.exception_id AND e.tenant_id = NEW.only_tenant "
    "AND e.data_class = NEW.only_class AND e.status = 'Approved' "
    "AND e.lapses_at > pg_catalog.clock_timestamp()) THEN",
    "RAISE EXCEPTION 'no exception by which that run may go' USING ERRCODE = 'RP409'; END IF;",
]

LEAF_GUARD = Guard(
    created=["purged_at"],
    frozen=["tenant_id", "data_class", "row_id", "run_id", "digest"],
    kept=True,
    afterwards=_LEAVES.strip().splitlines(),
)
DAY_GUARD = Guard(
    created=["dropped_at"],
    frozen=[
        "id", "tenant_id", "run_id", "data_class", "data_partition", "day", "environment_id",
        "row_count", "bytes",
    ],
    kept=True,
    checks={"insert": _DAYS},
)  # fmt: skip
CERTIFICATE_GUARD = Guard(
    created=["issued_at"],
    frozen=["id", "tenant_id", "run_id", "leaf_count", "root", "body", "signature"],
    kept=True,
)
ENTRY_GUARD = Guard(
    created=["recorded_at"],
    frozen=["id", "tenant_id", "run_id", "data_class", "policy_versions", "cutoff"],
    rising=["purged", "tiered", "bytes"],
    checks={"insert": _STAYS, "update": _STAYS},
)
RUN_GUARD = Guard(
    created=["started_at"],
    companions={"ended_at": ["Completed", "FoundWanting", "Interrupted"]},
    frozen=[
        "id", "tenant_id", "as_of", "dry_run", "only_tenant", "only_class", "exception_id",
        "started_by_kind", "started_by_label",
    ],
    edges=edges(RetentionRun.TRANSITIONS),
    initial=["Running"],
    checks={"insert": _BY_EXCEPTION, "update": _ALL_CERTIFIED},
)  # fmt: skip
