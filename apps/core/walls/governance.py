"""SQL of what governs retention: windows and the way back, holds, exceptions, and what they change.

Promises: an exception acts only for a run that names it, at work and no dry one, within its dates,
where no window is beyond the floor; a version that shortens a window counts once it is in force;
nobody but the end of a run spends an exception. The decision itself is apps.core.walls.retention.

Must never: answer with a tenant's rows, or let what only looks ahead loosen the decision.
"""

from collections.abc import Mapping

from apps.core.walls.classes import governed

_BINDINGS = "public.tenant_bindings_runtimetenantbinding"
_DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
GRACE_DAYS = 30
RETURN_HOURS = 72
MOST_FORETOLD = 10_000
# The row `t` as it is, read in the session's time zone: it differs in another, and then it stays.
ROW_DIGEST = "encode(sha256(convert_to(to_jsonb(t)::text, 'UTF8')), 'hex')"

GOVERNANCE_DEFINERS: Mapping[str, str] = {
    "app.freeze_exception(uuid)": "an officer approves rows that no officer may read",
    "app.spends_exception()": "the end of a run spends what it named; no login may",
    "app.becomes_due(text, uuid, text, integer, timestamp with time zone)": "officers see how many "
    "rows a lifting or a shorter window lets go, and may read none of them",
    "app.applied_policy(text)": "a tenant's people see which version of a window applies to them, "
    "where it is the platform's, too",
}

# Callable by runtime and steward.
GOVERNANCE_CALLABLE = (
    "app.freeze_exception(uuid)", "app.named_exception()",
    "app.exception(text, timestamp with time zone)",
    "app.becomes_due(text, uuid, text, integer, timestamp with time zone)",
    "app.applied_policy(text)",
)  # fmt: skip


def excepted(data_class: str) -> str:
    """NULL where the exception that the run names covers `t` as it is; else what keeps it."""
    named = f"(SELECT app.exception('{data_class}', $1))"
    return (
        f"CASE WHEN {named} IS NULL THEN 'window' ELSE nullif(coalesce("
        f"(SELECT CASE WHEN x.digest = {ROW_DIGEST} THEN 'excepted' ELSE 'changed' END "
        f"FROM public.retention_exceptedrow x WHERE x.exception_id = {named} "
        "AND x.tenant_id = t.tenant_id AND x.data_partition = %1$L AND x.row_id = t.id"
        "), 'window'), 'excepted') END"
    )


def _frozen() -> str:
    """%1 the partition; $1 the exception, $2 its tenant, $3 its environment or NULL."""
    return "\n".join(
        f"    WHEN '{name}' THEN query := $q$INSERT INTO public.retention_exceptedrow "
        "(id, tenant_id, exception_id, data_partition, row_id, digest) "
        "SELECT gen_random_uuid(), t.tenant_id, $1, %1$L, t.id, "
        f"{ROW_DIGEST} FROM %1$I.{table} t WHERE t.tenant_id = $2 "
        f"AND ($3 IS NULL OR t.environment_id = $3) AND ({kind.clock}) IS NOT NULL$q$;"
        for name, (table, kind) in governed().items()
    )


def _counted(in_use: Mapping[str, str]) -> str:
    """%1 the partition; $1 time, $2 tenant; what $4 and $5 let go and $6 and $7 do not."""
    return "\n".join(
        f"        WHEN '{name}' THEN query := $q$SELECT count(*) FROM (SELECT FROM %1$I.{table} t "
        f"CROSS JOIN LATERAL (SELECT {kind.clock} AS clock OFFSET 0) c WHERE t.tenant_id = $2 "
        f"AND ({in_use[name]}) IS FALSE AND c.clock < $4 AND t.environment_id = ANY ($5) "
        "AND NOT (c.clock < $6 AND t.environment_id = ANY ($7)) "
        f"LIMIT {MOST_FORETOLD + 1}) found$q$;"
        for name, (table, kind) in governed().items()
    )


def window_sql(moment: str, *, changed: bool = False) -> str:
    """Of a class, for the tenant entered. A version that shortens counts once it is in force, and
    with it what was set since; `changed`: with p_days for p_class of p_tenant.
    """
    of = "named" if changed else "p_class"
    days = (
        "CASE WHEN p.tenant_id = p_tenant AND p.data_class = p_class THEN p_days ELSE p.days END"
        if changed
        else "p.days"
    )
    return f"""
  SELECT CASE WHEN bool_and(w.days IS NOT NULL)
         THEN max(w.days) FILTER (WHERE w.name = {of} OR w.days > app.retention_floor(w.name))
         END
  FROM (
    SELECT r.name, (
      SELECT CASE WHEN bool_or(p.tenant_id = 'platform') THEN max({days}) END
      FROM public.retention_retentionpolicy p
      WHERE p.data_class = r.name
        AND p.tenant_id IN ('platform', nullif(current_setting('app.tenant_id', true), ''))
        AND p.version >= coalesce((
          SELECT max(s.version) FROM public.retention_retentionpolicy s
          WHERE s.tenant_id = p.tenant_id AND s.data_class = p.data_class
            AND s.return_id IS NOT NULL AND s.in_force_at <= {moment}), 0)
    ) AS days FROM unnest(app.retention_readers({of})) AS r(name)
  ) w"""


def unheld_sql(
    tenant: str = "tenant", place: str = "p_partition", data_class: str = "p_class",
    moment: str = "moment", other: str = "",
) -> str:  # fmt: skip
    """Environments there that the tenant is or was bound to and no hold covers."""
    return f"""
    SELECT coalesce(array_agg(DISTINCT b.environment_id), '{{{{}}}}') FROM {_BINDINGS} b
    WHERE b.tenant_id = {tenant} AND b.data_partition = {place}
      AND NOT EXISTS (
        SELECT FROM public.retention_legalhold h
        WHERE h.tenant_id = {tenant} {other}
          AND h.data_classes::text[] && app.retention_readers({data_class})
          AND (h.environment_id IS NULL OR h.environment_id = b.environment_id)
          AND (h.lifted_at IS NULL OR h.lifted_at + interval '{GRACE_DAYS * 24} hours' >= {moment})
      )"""


def governance_functions(in_use: Mapping[str, str]) -> list[str]:
    """`in_use`: {data class: SQL of what protects its row `t`}."""
    names = ", ".join(f"'{name}'" for name in governed())
    other = "AND h.id IS DISTINCT FROM p_hold"
    without_it = unheld_sql("place.tenant", "place.name", "named", "p_at", other)
    return [
        # The run of this transaction, as its steward says: one that says it is at work.
        """
CREATE OR REPLACE FUNCTION app.named_exception() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT r.exception_id FROM public.retention_retentionrun r
  WHERE r.id = nullif(current_setting('app.run', true), '')::uuid
$$
""",
        # The exception that it names, where it may shorten that window now: approved, within its
        # dates, of this tenant and class, and no window is longer than the floor. Only a run
        # that is no dry one lets anything go by it.
        """
CREATE OR REPLACE FUNCTION app.exception(p_class text, p_at timestamptz) RETURNS uuid
LANGUAGE sql STABLE AS $$
  SELECT e.id FROM public.retention_retentionrun r
  JOIN public.retention_governanceexception e ON e.id = r.exception_id
  WHERE r.id = nullif(current_setting('app.run', true), '')::uuid
    AND r.status = 'Running' AND (NOT r.dry_run OR p_at IS NOT NULL)
    AND e.tenant_id = app.tenant_id() AND e.data_class = p_class AND e.status = 'Approved'
    AND e.decided_at <= coalesce(p_at, app.decision_time())
    AND e.lapses_at > greatest(clock_timestamp(), p_at)
    AND app.retention_window(p_class, p_at) = app.retention_floor(p_class)
$$
""",
        # The version that makes the window as long as it is, for the tenant entered.
        f"""
CREATE OR REPLACE FUNCTION app.applied_policy(p_class text)
RETURNS TABLE (data_class text, tenant_id text, version integer, days integer)
LANGUAGE sql STABLE {_DEFINER} AS $$
  SELECT p.data_class::text, p.tenant_id::text, p.version, p.days
  FROM public.retention_retentionpolicy p
  WHERE p.data_class = ANY (app.retention_readers(p_class))
    AND p.tenant_id IN ('platform', nullif(current_setting('app.tenant_id', true), ''))
    AND (p.data_class = p_class OR p.days > app.retention_floor(p.data_class))
    AND p.version >= coalesce((
      SELECT max(s.version) FROM public.retention_retentionpolicy s
      WHERE s.tenant_id = p.tenant_id AND s.data_class = p.data_class
        AND s.return_id IS NOT NULL AND s.in_force_at <= app.decision_time()), 0)
  ORDER BY p.days DESC, p.data_class = p_class DESC, p.tenant_id = 'platform' DESC, p.version DESC
  LIMIT 1
$$
""",
        # What an exception covers is what has begun its window now, row by row; how many.
        f"""
CREATE OR REPLACE FUNCTION app.freeze_exception(p_id uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
DECLARE
  asked public.retention_governanceexception;
  place text;
  query text;
BEGIN
  SELECT * INTO asked FROM public.retention_governanceexception e
  WHERE e.id = p_id AND e.status = 'Asked' FOR UPDATE;
  IF NOT FOUND OR NOT ('governance-officer' = ANY (app.platform_roles()))
     OR asked.asked_by_id IS NOT DISTINCT FROM app.person_id() THEN
    RAISE EXCEPTION 'an exception is approved by an officer who has not asked for it'
      USING ERRCODE = 'RP409';
  END IF;
  CASE asked.data_class
{_frozen()}
    ELSE query := NULL;
  END CASE;
  IF query IS NOT NULL THEN
    FOR place IN
      SELECT DISTINCT b.data_partition FROM {_BINDINGS} b
      WHERE b.tenant_id = asked.tenant_id
        AND to_regnamespace(quote_ident(b.data_partition)) IS NOT NULL
    LOOP
      EXECUTE format(query, place) USING p_id, asked.tenant_id, asked.environment_id;
    END LOOP;
  END IF;
  UPDATE public.retention_governanceexception e SET row_count = r.count, digest = r.digest
  FROM (
    SELECT count(*) AS count, encode(sha256(convert_to(coalesce(string_agg(
      x.row_id::text || ' ' || x.digest, E'\\n' ORDER BY x.row_id), ''), 'UTF8')), 'hex') AS digest
    FROM public.retention_exceptedrow x
    WHERE x.tenant_id = asked.tenant_id AND x.exception_id = p_id
  ) r WHERE e.id = p_id;
  RETURN (SELECT e.row_count FROM public.retention_governanceexception e WHERE e.id = p_id);
END $$
""",
        # The end of a run spends what it went by; one that was killed leaves it to its resumption.
        f"""
CREATE OR REPLACE FUNCTION app.spends_exception() RETURNS trigger
LANGUAGE plpgsql {_DEFINER} AS $$
BEGIN
  IF NEW.exception_id IS NOT NULL AND NOT NEW.dry_run AND OLD.status = 'Running'
     AND NEW.status IN ('Completed', 'FoundWanting') THEN
    UPDATE public.retention_governanceexception e SET status = 'Spent', spent_by_run = NEW.id
    WHERE e.id = NEW.exception_id AND e.status = 'Approved';
  END IF;
  RETURN NULL;
END $$
""",
        # How many rows of each tenant and class go at that time for it: for the lifting of a hold
        # (`p_hold`), or a window of a class and tenant (`platform`: of all) of so many days.
        f"""
CREATE OR REPLACE FUNCTION app.becomes_due(
  p_tenant text, p_hold uuid, p_class text, p_days integer, p_at timestamptz
) RETURNS TABLE (tenant_id text, data_class text, due bigint)
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
DECLARE
  entered text := coalesce(current_setting('app.tenant_id', true), '');
  place record;
  query text;
  named text;
  kept timestamptz;
  freed timestamptz;
  held uuid[];
  unheld uuid[];
  number_due bigint;
BEGIN
  IF NOT ('governance-officer' = ANY (app.platform_roles())) THEN
    RAISE EXCEPTION 'officers see what becomes due' USING ERRCODE = 'RP409';
  END IF;
  FOR place IN
    SELECT DISTINCT b.tenant_id AS tenant, b.data_partition AS name FROM {_BINDINGS} b
    WHERE (p_tenant = 'platform' OR b.tenant_id = p_tenant)
      AND to_regnamespace(quote_ident(b.data_partition)) IS NOT NULL
    ORDER BY 1, 2
  LOOP
    EXECUTE format('SET LOCAL app.tenant_id = %L', place.tenant);
    FOREACH named IN ARRAY ARRAY[{names}] LOOP
      CASE named
{_counted(in_use)}
      END CASE;
      kept := p_at - make_interval(hours => 24 * app.retention_window(named, p_at));
      SELECT p_at - make_interval(hours => 24 * w.days) INTO freed
      FROM (
{window_sql("p_at", changed=True)}
      ) w(days);
      held := app.unheld(place.name, named, p_at);
      unheld := (
{without_it}
      );
      EXECUTE format(query, place.name)
        USING p_at, place.tenant, false, freed, unheld, kept, held INTO number_due;
      tenant_id := place.tenant;
      data_class := named;
      due := number_due;
      RETURN NEXT;
    END LOOP;
  END LOOP;
  EXECUTE format('SET LOCAL app.tenant_id = %L', entered);
END $$
""",
    ]
