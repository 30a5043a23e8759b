"""The decision: may a row go now, and if not, what keeps it. Asked by the database on every DELETE.

Promises: a hold keeps above all, then a state, then the longest window; what is unknown or empty
keeps the row. The time is `least(transaction_timestamp(), app.as_of)`, so a setting makes it
stricter and never looser. For a DELETE windows and holds are read after the tenant's retention
lock has been taken (shared; whoever places a hold or lengthens a window takes it exclusively),
because a statement's own snapshot may be older than a hold: hence `app.going` is VOLATILE, and
READ COMMITTED alone lets anything go. Pages and plans ask the same without the lock.

The steward names the rows that it wants to be rid of (`app.purging`); the database picks those
that may go. A DELETE of anything else finds no row.

Must never: decide from what a caller says of a row, or let one go on what was read before the
lock was held.
"""

from collections.abc import Mapping

from apps.core.walls.classes import CLASSES, TABLES, Copy, Follows, Governed, Rest, governed
from apps.core.walls.ended import ENDED_CALLABLE, ENDED_DEFINERS, ENDED_FUNCTIONS, may_go
from apps.core.walls.governance import (
    GOVERNANCE_CALLABLE,
    GOVERNANCE_DEFINERS,
    GRACE_DAYS,
    excepted,
    governance_functions,
    unheld_sql,
    window_sql,
)

_BINDINGS = "public.tenant_bindings_runtimetenantbinding"
_DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

RETENTION_DEFINERS: Mapping[str, str] = {
    "app.retention_window(text, timestamp with time zone)": "a policy of the platform applies to "
    "every tenant",
    "app.unheld(text, text, timestamp with time zone)": "the decision reads holds, whose matter a "
    "tenant's people may not see, and bindings that are Released",
    "app.hold_numbers(text, uuid)": "a tenant's people see the references of holds and no more",
    "app.tenant_holds()": "the same of all holds of the tenant entered, for its tokens",
    **GOVERNANCE_DEFINERS,
    **ENDED_DEFINERS,
}


def _cases(values: Mapping[str, str]) -> str:
    return " ".join(f"WHEN '{name}' THEN {value}" for name, value in values.items())


def _array(names: list[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"


def _held(data_class: str) -> str:
    return (
        "(t.environment_id = ANY "
        f"((SELECT app.unheld(%1$L, '{data_class}', $1))::uuid[])) IS NOT TRUE"
    )


def _passed(data_class: str, clock: str) -> str:
    return f"({clock}) < (SELECT app.cutoff('{data_class}', $1))"


def _past(kind: Governed) -> str:
    """Passed, read from where it may be: a clock is never before what it is early by."""
    early = f"t.{kind.early} < (SELECT app.cutoff('{kind.data_class}', $1)) AND "
    return f"{early if kind.early else ''}{_passed(kind.data_class, 'c.clock')}"


def _in_use(kind: Governed, *, of: str = "t") -> str:
    """In a state that protects, or named by a row that stays.

    With $3 a row that itself goes at that time counts as gone: for what is foretold.
    """
    clauses = [f"({kind.state})"]
    for table, column in kind.named_by:
        outer = TABLES[table]
        assert isinstance(outer, Governed)
        inner = _reason(outer, clock=outer.clock)
        clauses.append(
            # The row that names is `t` within, so that its own expressions hold.
            f"EXISTS (SELECT FROM (SELECT {of}.tenant_id AS tenant, {of}.environment_id "
            f"AS environment, {of}.id AS named) o JOIN %1$I.{table} t ON t.tenant_id = o.tenant "
            f"AND t.environment_id = o.environment AND t.{column} = o.named "
            f"WHERE NOT $3 OR ({inner}) IS NOT NULL)"
        )
    return " OR ".join(clauses)


def _reason(kind: Governed, *, clock: str) -> str:
    return (
        f"CASE WHEN {_held(kind.data_class)} THEN 'hold' "
        f"WHEN ({_in_use(kind)}) IS NOT FALSE THEN 'state' "
        f"WHEN ({_passed(kind.data_class, clock)}) IS NOT TRUE "
        f"THEN {excepted(kind.data_class)} END"
    )


def _query(table: str, kind: Governed) -> str:
    """$1 time, $2 tenant, $3 foretelling, $4 ids, $5 after, $6 limit; %1 the partition."""
    return (
        f"SELECT t.id, t.environment_id, c.clock, {_reason(kind, clock='c.clock')} "
        f"FROM %1$I.{table} t CROSS JOIN LATERAL (SELECT {kind.clock} AS clock OFFSET 0) c "
        "WHERE t.tenant_id = $2 %2$s ORDER BY t.id LIMIT $6"
    )


def _queries() -> str:
    return "\n".join(
        f"    WHEN '{name}' THEN query := $q${_query(table, kind)}$q$;"
        f"\n      past := $q${_past(kind)}$q$;"
        for name, (table, kind) in governed().items()
    )


def _functions() -> list[str]:
    everything = sorted(CLASSES)
    readers = {name: _array([name, *c.read_by]) for name, c in CLASSES.items()}
    return [
        f"""
CREATE OR REPLACE FUNCTION app.retention_classes() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT {_array(everything)} $$
""",
        f"""
CREATE OR REPLACE FUNCTION app.retention_floor(p_class text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE p_class {_cases({n: str(c.days) for n, c in CLASSES.items()})} END $$
""",
        # The class itself, and those that cannot be read without it.
        f"""
CREATE OR REPLACE FUNCTION app.retention_readers(p_class text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE p_class {_cases(readers)} END $$
""",
        """
CREATE OR REPLACE FUNCTION app.decision_time() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT least(transaction_timestamp(),
                nullif(current_setting('app.as_of', true), '')::timestamptz) $$
""",
        """
CREATE OR REPLACE FUNCTION app.retention_lock(p_tenant text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT hashtextextended('runtime-portal retention ' || p_tenant, 0) $$
""",
        # The lock of the tenant entered, and that of what is set for all, which stands under
        # `platform`. False where nothing may be decided: no tenant, or an older snapshot.
        """
CREATE OR REPLACE FUNCTION app.shares_retention() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF app.tenant_id() IS NULL
     OR current_setting('transaction_isolation') <> 'read committed' THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(app.retention_lock('platform'));
  PERFORM pg_advisory_xact_lock_shared(app.retention_lock(app.tenant_id()));
  RETURN true;
END $$
""",
        """
CREATE OR REPLACE FUNCTION app.takes_retention_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(app.retention_lock(NEW.tenant_id));
  RETURN NEW;
END $$
""",
        # Days, or NULL where a class has no policy: the longest that applies, and that of a class
        # which is read by it where somebody made that one longer than its floor.
        f"""
CREATE OR REPLACE FUNCTION app.retention_window(p_class text, p_at timestamptz DEFAULT NULL)
RETURNS integer LANGUAGE plpgsql STABLE {_DEFINER} AS $$
BEGIN
  RETURN (
{window_sql("coalesce(p_at, app.decision_time())")}
  );
END $$
""",
        # What has its clock before this has passed its window: strictly.
        """
CREATE OR REPLACE FUNCTION app.cutoff(p_class text, p_at timestamptz DEFAULT NULL)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT coalesce(p_at, app.decision_time())
         - make_interval(hours => 24 * app.retention_window(p_class, p_at))
$$
""",
        # Environments in that partition that the tenant is or was bound to, and no hold covers.
        f"""
CREATE OR REPLACE FUNCTION app.unheld(
  p_partition text, p_class text, p_at timestamptz DEFAULT NULL
) RETURNS uuid[] LANGUAGE plpgsql STABLE {_DEFINER} AS $$
DECLARE
  tenant text := nullif(current_setting('app.tenant_id', true), '');
  moment timestamptz := coalesce(p_at, app.decision_time());
BEGIN
  IF tenant IS NULL OR app.retention_readers(p_class) IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN (
{unheld_sql()}
  );
END $$
""",
        # References of the holds on rows of that class there, or anywhere.
        f"""
CREATE OR REPLACE FUNCTION app.hold_numbers(p_class text, p_environment uuid) RETURNS integer[]
LANGUAGE sql STABLE {_DEFINER} AS $$
  SELECT coalesce(array_agg(h.number ORDER BY h.number), '{{{{}}}}')
  FROM public.retention_legalhold h
  WHERE h.tenant_id = nullif(current_setting('app.tenant_id', true), '')
    AND h.data_classes::text[] && app.retention_readers(p_class)
    AND (p_environment IS NULL OR h.environment_id IS NULL OR h.environment_id = p_environment)
    AND (h.lifted_at IS NULL OR h.lifted_at + interval '{GRACE_DAYS * 24} hours' >= now())
$$
""",
        # All holds of the tenant entered: what each is on, and neither matter nor reason nor who.
        f"""
CREATE OR REPLACE FUNCTION app.tenant_holds() RETURNS TABLE (
  id uuid, tenant_id text, number integer, data_classes text[], environment_id uuid, status text,
  placed_at timestamptz, lifted_at timestamptz
) LANGUAGE sql STABLE {_DEFINER} AS $$
  SELECT h.id, h.tenant_id, h.number, h.data_classes::text[], h.environment_id, h.status,
    h.placed_at, h.lifted_at
  FROM public.retention_legalhold h
  WHERE h.tenant_id = nullif(current_setting('app.tenant_id', true), '')
$$
""",
        # Environments there whose binding is not Released, as far as the caller may see.
        f"""
CREATE OR REPLACE FUNCTION app.bound(p_partition text) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(b.environment_id), '{{{{}}}}') FROM {_BINDINGS} b
  WHERE b.tenant_id = app.tenant_id() AND b.data_partition = p_partition
    AND b.status <> 'Released'
$$
""",
        # For pages and for the plan of a run. `p_past`: only what has passed its window.
        # Where the run names an exception: only what that covers.
        # `p_foretell`: what goes itself at that time names nothing any more.
        f"""
CREATE OR REPLACE FUNCTION app.why(
  p_partition text, p_class text, p_ids uuid[] DEFAULT NULL, p_at timestamptz DEFAULT NULL,
  p_past boolean DEFAULT false, p_foretell boolean DEFAULT false,
  p_after uuid DEFAULT NULL, p_limit integer DEFAULT NULL
) RETURNS TABLE (id uuid, environment_id uuid, clock timestamptz, kept_by text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  query text;
  past text;
  clauses text := '';
BEGIN
  CASE p_class
{_queries()}
    ELSE RETURN;
  END CASE;
  IF p_ids IS NOT NULL THEN
    clauses := clauses || ' AND t.id = ANY ($4)';
  END IF;
  IF p_after IS NOT NULL THEN
    clauses := clauses || ' AND t.id > $5';
  END IF;
  IF p_past AND app.named_exception() IS NOT NULL THEN
    clauses := clauses || format(
      ' AND t.id IN (SELECT x.row_id FROM public.retention_exceptedrow x WHERE x.tenant_id = $2 '
      'AND x.data_partition = %L AND x.exception_id = (SELECT app.named_exception()))',
      p_partition);
  ELSIF p_past THEN
    clauses := clauses || ' AND ' || format(past, p_partition);
  END IF;
  RETURN QUERY EXECUTE format(query, p_partition, clauses)
    USING p_at, app.tenant_id(), p_foretell, p_ids, p_after, p_limit;
END $$
""",
        *governance_functions({name: _in_use(kind) for name, (_, kind) in governed().items()}),
        """
CREATE OR REPLACE FUNCTION app.going(p_partition text, p_class text) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  named uuid[] := app.setting_uuids('app.purging');
BEGIN
  IF cardinality(named) = 0 OR NOT app.shares_retention() THEN
    RETURN '{{}}';
  END IF;
  RETURN array(SELECT w.id FROM app.why(p_partition, p_class, named) w WHERE w.kept_by IS NULL);
END $$
""",
        """
CREATE OR REPLACE FUNCTION app.goes(p_partition text, p_class text, p_id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT app.shares_retention() THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM app.why(p_partition, p_class, ARRAY[p_id]) w WHERE w.kept_by IS NULL
  );
END $$
""",
    ]


RETENTION_FUNCTIONS = [*_functions(), *ENDED_FUNCTIONS]

# Callable by runtime and steward.
RETENTION_CALLABLE = (
    "app.retention_classes()", "app.retention_floor(text)", "app.retention_readers(text)",
    "app.decision_time()", "app.retention_lock(text)", "app.shares_retention()",
    "app.retention_window(text, timestamp with time zone)",
    "app.cutoff(text, timestamp with time zone)",
    "app.unheld(text, text, timestamp with time zone)", "app.hold_numbers(text, uuid)",
    "app.tenant_holds()", "app.bound(text)", *GOVERNANCE_CALLABLE,
    "app.why(text, text, uuid[], timestamp with time zone, boolean, boolean, uuid, integer)",
    "app.going(text, text)", "app.goes(text, text, uuid)", *ENDED_CALLABLE,
)  # fmt: skip


def may_be_deleted(schema: str, table: str, *, citus: bool) -> str:
    """The condition under which a row of `table` may be deleted: `false` where nothing says so."""
    kind = TABLES.get(table)
    if isinstance(kind, Governed):
        alone = "" if kind.never == "false" else f" AND ({kind.never}) IS NOT TRUE"
        return _goes(schema, kind.data_class, "id", citus=citus) + alone
    if isinstance(kind, Follows):
        return _goes(schema, _class_of(kind.table), kind.column, citus=citus)
    if isinstance(kind, Copy):
        sources = {
            name: _copy_goes(schema, _class_of(source), kind.column, citus=citus)
            for name, source in kind.sources.items()
        }
        return f"CASE {kind.kind} {_cases(sources)} ELSE false END"
    if isinstance(kind, Rest) and kind.ends:
        return may_go(schema, table, citus=citus)
    return "false"


def _goes(schema: str, data_class: str, column: str, *, citus: bool) -> str:
    if citus:
        return f"app.goes('{schema}', '{data_class}', {column})"
    return f"{column} = ANY ((SELECT app.going('{schema}', '{data_class}'))::uuid[])"


def _copy_goes(schema: str, data_class: str, column: str, *, citus: bool) -> str:
    """Within a CASE no index is asked, and a list would be searched anew for each row."""
    if citus:
        return _goes(schema, data_class, column, citus=True)
    return f"{column} IN (SELECT unnest(app.going('{schema}', '{data_class}')))"


def _class_of(table: str) -> str:
    kind = TABLES[table]
    assert isinstance(kind, Governed)
    return kind.data_class


def is_deletable(table: str) -> bool:
    """Whether the steward may send a DELETE for it at all."""
    kind = TABLES.get(table)
    return isinstance(kind, Governed | Follows | Copy) or (isinstance(kind, Rest) and kind.ends)
