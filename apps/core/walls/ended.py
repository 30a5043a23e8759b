"""The decision about what has ended: rows of class `ended`, in partitions and in the control plane.

Promises the same as apps.core.walls.retention: the database decides on each DELETE, by its own
clock, after it has the tenant's retention lock; an empty clock, an unknown table, a missing
window, another tenant's row or no tenant keeps the row. A hold on the class, or on one that it
takes the row to read, keeps above all; then whatever still needs the row; then the longest window.

Must never: decide from what a caller says of a row, or take a schema for empty that it cannot see.
"""

from collections.abc import Mapping

from apps.core.walls.classes import TABLES, Copy, Follows, Governed, Rest, ended
from apps.core.walls.governance import GRACE_DAYS

ENDED = "ended"
_DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
_ENVIRONMENTS = "public.environments_runtimeenvironment"

ENDED_DEFINERS: Mapping[str, str] = {
    "app.held(text[], uuid, timestamp with time zone)": "the decision reads holds, whose matter a "
    "tenant's people may not see",
}
ENDED_CALLABLE = (
    "app.held(text[], uuid, timestamp with time zone)", "app.lies_there(text, uuid, boolean)",
    "app.ended(text, text, uuid[], timestamp with time zone, boolean, uuid, integer)",
    "app.ended_going(text, text)", "app.ended_goes(text, text, uuid)",
)  # fmt: skip


def _clock(kind: Rest) -> str:
    if kind.with_environment:
        return f"(SELECT e.decommissioned_at FROM {_ENVIRONMENTS} e WHERE e.id = t.environment_id)"
    return f"coalesce(t.{kind.clock}, t.{kind.otherwise})" if kind.otherwise else f"t.{kind.clock}"


def _in_use(kind: Rest) -> str:
    clauses = ["c.clock IS NULL", f"({kind.in_use})"]
    if kind.with_environment:
        clauses += [
            "t.environment_id = ANY ((SELECT app.bound(%1$L))::uuid[])",
            "app.lies_there(%1$L, t.environment_id, false)",
        ]
    clauses += [
        f"EXISTS (SELECT FROM %1$I.{table} o WHERE o.tenant_id = t.tenant_id "
        f"AND o.environment_id = t.environment_id AND o.{column} = t.id)"
        for table, column in kind.named_by
    ]
    return " OR ".join(clauses)


def _query(table: str, kind: Rest) -> str:
    """$1 time, $2 tenant, $3 ids, $4 after, $5 limit; %1 the schema."""
    classes = [ENDED, *kind.held_by]
    listed = ", ".join(f"'{name}'" for name in classes)
    environment = "t.environment_id" if kind.in_partition else kind.environment
    passed = " AND ".join(f"c.clock < (SELECT app.cutoff('{name}', $1))" for name in classes)
    return (
        "SELECT t.id, c.clock, "
        f"CASE WHEN app.held(ARRAY[{listed}], {environment}, $1) IS NOT FALSE THEN 'hold' "
        f"WHEN ({_in_use(kind)}) IS NOT FALSE THEN 'state' "
        f"WHEN ({passed}) IS NOT TRUE THEN 'window' END "
        f"FROM %1$I.{table} t CROSS JOIN LATERAL (SELECT {_clock(kind)} AS clock OFFSET 0) c "
        "WHERE t.tenant_id = $2 %2$s ORDER BY t.id LIMIT $5"
    )


def _queries() -> str:
    return "\n".join(
        f"    WHEN '{table}' THEN query := $q${_query(table, kind)}$q$;"
        for table, kind in ended().items()
    )


def _lying(*, rest: bool) -> str:
    """Whether one row at all of tenant $1 in environment $2 lies in the partition %1."""
    tables = [
        table
        for table, kind in TABLES.items()
        if isinstance(kind, Governed | Follows | Copy)
        or (isinstance(kind, Rest) and kind.in_partition and (rest or not kind.with_environment))
    ]
    return " OR ".join(
        f"EXISTS (SELECT FROM %1$I.{table} WHERE tenant_id = $1 AND environment_id = $2)"
        for table in tables
    )


ENDED_FUNCTIONS = [
    # Whether a hold on one of these classes covers that environment, or any (NULL).
    f"""
CREATE OR REPLACE FUNCTION app.held(
  p_classes text[], p_environment uuid, p_at timestamptz
) RETURNS boolean LANGUAGE sql STABLE {_DEFINER} AS $$
  SELECT nullif(current_setting('app.tenant_id', true), '') IS NULL OR EXISTS (
    SELECT FROM public.retention_legalhold h
    WHERE h.tenant_id = nullif(current_setting('app.tenant_id', true), '')
      AND h.data_classes::text[] && p_classes
      AND (p_environment IS NULL OR h.environment_id IS NULL OR h.environment_id = p_environment)
      AND (h.lifted_at IS NULL OR h.lifted_at + interval '{GRACE_DAYS * 24} hours'
                                  >= coalesce(p_at, app.decision_time())))
$$
""",
    # Whether a row of the tenant entered lies there, or a blob waits to go; `p_rest`: what lives
    # with the environment counts too. A schema that is not there holds nothing.
    f"""
CREATE OR REPLACE FUNCTION app.lies_there(
  p_partition text, p_environment uuid, p_rest boolean
) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  found boolean;
BEGIN
  IF app.tenant_id() IS NULL OR p_environment IS NULL THEN
    RETURN true;
  END IF;
  IF EXISTS (SELECT FROM public.retention_removedlog r WHERE r.tenant_id = app.tenant_id()
             AND r.environment_id = p_environment AND r.gone_at IS NULL) THEN
    RETURN true;
  END IF;
  IF to_regnamespace(quote_ident(p_partition)) IS NULL THEN
    RETURN false;
  END IF;
  EXECUTE format(CASE WHEN p_rest THEN $q$SELECT {_lying(rest=True)}$q$
                      ELSE $q$SELECT {_lying(rest=False)}$q$ END, p_partition)
    INTO found USING app.tenant_id(), p_environment;
  RETURN found;
END $$
""",
    # For plans; a DELETE asks the two below. `p_past`: only what has an end before the cut-off.
    f"""
CREATE OR REPLACE FUNCTION app.ended(
  p_schema text, p_table text, p_ids uuid[] DEFAULT NULL, p_at timestamptz DEFAULT NULL,
  p_past boolean DEFAULT false, p_after uuid DEFAULT NULL, p_limit integer DEFAULT NULL
) RETURNS TABLE (id uuid, clock timestamptz, kept_by text) LANGUAGE plpgsql STABLE AS $$
DECLARE
  query text;
  clauses text := '';
BEGIN
  CASE p_table
{_queries()}
    ELSE RETURN;
  END CASE;
  IF p_ids IS NOT NULL THEN
    clauses := clauses || ' AND t.id = ANY ($3)';
  END IF;
  IF p_after IS NOT NULL THEN
    clauses := clauses || ' AND t.id > $4';
  END IF;
  IF p_past THEN
    clauses := clauses || ' AND c.clock < (SELECT app.cutoff(''{ENDED}'', $1))';
  END IF;
  RETURN QUERY EXECUTE format(query, p_schema, clauses)
    USING p_at, app.tenant_id(), p_ids, p_after, p_limit;
END $$
""",
    """
CREATE OR REPLACE FUNCTION app.ended_going(p_schema text, p_table text) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  named uuid[] := app.setting_uuids('app.purging');
BEGIN
  IF cardinality(named) = 0 OR NOT app.shares_retention() THEN
    RETURN '{{}}';
  END IF;
  RETURN array(
    SELECT e.id FROM app.ended(p_schema, p_table, named) e WHERE e.kept_by IS NULL);
END $$
""",
    """
CREATE OR REPLACE FUNCTION app.ended_goes(p_schema text, p_table text, p_id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT app.shares_retention() THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM app.ended(p_schema, p_table, ARRAY[p_id]) e WHERE e.kept_by IS NULL);
END $$
""",
]


def may_go(schema: str, table: str, *, citus: bool) -> str:
    """The condition under which a row of `table`, a Rest that ends, may be deleted."""
    if citus:
        return f"app.ended_goes('{schema}', '{table}', id)"
    return f"id = ANY ((SELECT app.ended_going('{schema}', '{table}'))::uuid[])"
