"""How a whole UTC day of health results goes: proved, counted, recorded and dropped, as owner.

Promises: a day goes only where each of its rows is due and unheld, for every tenant that has rows
in it. That is the decision of `walls.retention`, asked for each of them under the retention locks
of `platform` and of them all, taken before it is asked, while nobody writes into the day. What is
unknown keeps it: an environment without a binding, a class without a policy. What goes has been
counted exactly in `retention_disposedday`, of which no line is committed while its day stands.
`app.drop_day` alone drops, and proves again before it does.

Must never: answer as anybody but the owner, whose policy shows every row (through another's "none
found" proves nothing), drop what is not just one day of its table, or hold the table's own lock for
longer than it takes to drop.
"""

from apps.core.walls.classes import governed
from apps.core.walls.days import DAILY

DATA_CLASS = "health-result"
TABLE, _KIND = governed()[DATA_CLASS]
# A day is asked for as a whole: nothing of a single row may keep it.
assert (_KIND.state, _KIND.named_by, _KIND.never) == ("false", (), "false")
_COLUMN = DAILY[TABLE].column
_DAYS = "public.retention_disposedday"
_USAGE = "quotas_usage"
# Writers of other days queue behind whoever waits for the table itself, and behind nobody else.
TABLE_LOCK_MS, DAY_LOCK_MS = 100, 2_000
# So many are each counted by a part of one statement, which is quicker than to group the rows.
_FEW = 200

# Each tenant and environment with rows in the day %1, by as many looks into an index.
_PAIRS = """
WITH RECURSIVE p AS (
  (SELECT t.tenant_id, t.environment_id FROM %1$s t ORDER BY 1, 2 LIMIT 1)
  UNION ALL
  SELECT n.* FROM p CROSS JOIN LATERAL (
    SELECT t.tenant_id, t.environment_id FROM %1$s t
    WHERE (t.tenant_id, t.environment_id) > (p.tenant_id, p.environment_id)
    ORDER BY 1, 2 LIMIT 1
  ) n
) SELECT array_agg(p.tenant_id::text ORDER BY p.tenant_id, p.environment_id),
         array_agg(p.environment_id ORDER BY p.tenant_id, p.environment_id) FROM p"""


# Granted to no login: who may call them is who may drop a table, and that is its owner.
DAY_FUNCTIONS = [
    # The part that holds that UTC day of the table there, all of it and nothing else.
    f"""
CREATE OR REPLACE FUNCTION app.day_part(p_partition text, p_day date) RETURNS regclass
LANGUAGE sql STABLE AS $$
  SELECT c.oid::regclass FROM pg_catalog.pg_inherits i
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = to_regclass(format('%I.{TABLE}', p_partition)) AND NOT i.inhdetachpending
    AND ARRAY[p_day::timestamp AT TIME ZONE 'UTC', (p_day + 1)::timestamp AT TIME ZONE 'UTC'] = (
      SELECT array_agg(m.bound[1]::timestamptz ORDER BY m.place)
      FROM regexp_matches(pg_get_expr(c.relpartbound, c.oid), '''([^'']+)''', 'g')
        WITH ORDINALITY m(bound, place))
$$
""",
    # The day, where nothing keeps it: from then on and until the transaction ends nobody
    # writes into it, and no hold and no longer window comes that it does not see.
    f"""
CREATE OR REPLACE FUNCTION app.proved_day(p_partition text, p_day date) RETURNS regclass
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  part regclass;
  tenants text[];
  environments uuid[];
  one record;
  goes boolean;
  ends timestamptz;
  entered text := coalesce(current_setting('app.tenant_id', true), '');
  waits text := current_setting('lock_timeout');
BEGIN
  IF NOT app.is_owner() OR current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'a day is proved by the owner, who sees all of it, in READ COMMITTED'
      USING ERRCODE = 'RP409';
  END IF;
  part := app.day_part(p_partition, p_day);
  IF part IS NULL THEN
    RETURN NULL;
  END IF;
  SET LOCAL lock_timeout = {DAY_LOCK_MS};
  EXECUTE format('LOCK TABLE ONLY %s IN SHARE MODE', part);
  IF app.day_part(p_partition, p_day) IS DISTINCT FROM part THEN
    RETURN NULL;
  END IF;
  EXECUTE format($q${_PAIRS}$q$, part) INTO tenants, environments;
  PERFORM pg_advisory_xact_lock_shared(app.retention_lock('platform'));
  FOR one IN SELECT DISTINCT t.name FROM unnest(tenants) t(name) ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock_shared(app.retention_lock(one.name));
  END LOOP;
  EXECUTE format('SET LOCAL lock_timeout = %L', waits);
  SELECT max({_KIND.clock}) INTO ends
  FROM unnest(ARRAY[p_day::timestamp AT TIME ZONE 'UTC',
                    (p_day + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond'])
    t({_COLUMN});
  -- A day without rows goes by the window of all.
  SET LOCAL app.tenant_id = '';
  goes := ends < app.cutoff('{DATA_CLASS}');
  FOR one IN
    SELECT p.tenant, array_agg(p.environment) AS environments
    FROM unnest(tenants, environments) p(tenant, environment) GROUP BY 1
  LOOP
    EXIT WHEN goes IS NOT TRUE;
    EXECUTE format('SET LOCAL app.tenant_id = %L', one.tenant);
    -- Each a statement of its own: what it sees is newer than the locks.
    goes := one.environments <@ app.unheld(p_partition, '{DATA_CLASS}');
    goes := goes AND ends < app.cutoff('{DATA_CLASS}');
  END LOOP;
  EXECUTE format('SET LOCAL app.tenant_id = %L', entered);
  RETURN CASE WHEN goes THEN part END;
END $$
""",
    # Proves the day and writes down what is in it; false where something keeps it.
    f"""
CREATE OR REPLACE FUNCTION app.prove_day(p_partition text, p_day date, p_run uuid)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  part regclass := app.proved_day(p_partition, p_day);
  tenants text[];
  environments uuid[];
  counts bigint[];
  query text;
BEGIN
  IF part IS NULL THEN
    RETURN false;
  END IF;
  -- Until this ends its run does not: what it adds is certified with the rest.
  PERFORM FROM public.retention_retentionrun r WHERE r.id = p_run FOR SHARE;
  EXECUTE format($q${_PAIRS}$q$, part) INTO tenants, environments;
  IF tenants IS NULL THEN
    RETURN true;
  END IF;
  IF cardinality(tenants) <= {_FEW} THEN
    SELECT string_agg(format(
      'SELECT %L::text AS tenant, %L::uuid AS environment, count(*) AS rows FROM %s t '
      'WHERE t.tenant_id = %L AND t.environment_id = %L',
      p.tenant, p.environment, part, p.tenant, p.environment), ' UNION ALL ')
    INTO query FROM unnest(tenants, environments) p(tenant, environment);
  ELSE
    query := format('SELECT t.tenant_id::text AS tenant, t.environment_id AS environment, '
                    'count(*) AS rows FROM %s t GROUP BY 1, 2', part);
  END IF;
  -- A statement that answers with one row of lists: it may be worked out in parallel.
  EXECUTE format('SELECT array_agg(c.tenant), array_agg(c.environment), array_agg(c.rows) '
                 'FROM (%s) c', query) INTO tenants, environments, counts;
  INSERT INTO {_DAYS} (id, tenant_id, run_id, data_class, data_partition, day, environment_id,
                       row_count, bytes)
  SELECT gen_random_uuid(), c.tenant, p_run, '{DATA_CLASS}', p_partition, p_day, c.environment,
         c.rows, trunc(pg_relation_size(part) * c.rows / sum(c.rows) OVER ())
  FROM unnest(tenants, environments, counts) c(tenant, environment, rows);
  RETURN true;
END $$
""",
    # The one function that drops a day. What its rows counted for, `p_row_bytes` each, is given
    # back with it.
    f"""
CREATE OR REPLACE FUNCTION app.drop_day(
  p_partition text, p_day date, p_run uuid, p_row_bytes integer
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  part regclass := app.proved_day(p_partition, p_day);
  tenants text[];
  environments uuid[];
  waits text := current_setting('lock_timeout');
BEGIN
  IF part IS NOT NULL THEN
    EXECUTE format($q${_PAIRS}$q$, part) INTO tenants, environments;
  END IF;
  IF part IS NULL OR EXISTS (
    SELECT FROM unnest(tenants, environments) p(tenant, environment)
    WHERE NOT EXISTS (
      SELECT FROM {_DAYS} d
      WHERE d.tenant_id = p.tenant AND d.run_id = p_run AND d.data_partition = p_partition
        AND d.day = p_day AND d.environment_id = p.environment)
  ) THEN
    RAISE EXCEPTION 'a day goes when it is proved and counted' USING ERRCODE = 'RP409';
  END IF;
  SET LOCAL lock_timeout = {TABLE_LOCK_MS};
  EXECUTE format('LOCK TABLE ONLY %I.{TABLE} IN ACCESS EXCLUSIVE MODE', p_partition);
  EXECUTE format(
    'UPDATE %I.{_USAGE} u SET storage_bytes = greatest(u.storage_bytes - $4 * d.row_count, 0) '
    'FROM {_DAYS} d WHERE d.run_id = $1 AND d.data_partition = $2 AND d.day = $3 '
    'AND u.tenant_id = d.tenant_id AND u.environment_id = d.environment_id', p_partition)
    USING p_run, p_partition, p_day, p_row_bytes;
  EXECUTE format('DROP TABLE %s', part);
  EXECUTE format('SET LOCAL lock_timeout = %L', waits);
END $$
""",
    # At the commit: what says that a day has gone is true, and its run's record knows of it.
    f"""
CREATE OR REPLACE FUNCTION app.day_has_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF app.day_part(NEW.data_partition, NEW.day) IS NOT NULL OR NOT EXISTS (
    SELECT FROM public.retention_retentionentry e
    WHERE e.tenant_id = NEW.tenant_id AND e.run_id = NEW.run_id AND e.data_class = NEW.data_class
      AND e.purged >= (
        SELECT sum(d.row_count) FROM {_DAYS} d
        WHERE d.tenant_id = e.tenant_id AND d.run_id = e.run_id AND d.data_class = e.data_class)
  ) THEN
    RAISE EXCEPTION 'a day is recorded when it goes, in the record of its run'
      USING ERRCODE = 'RP409';
  END IF;
  RETURN NULL;
END $$
""",
]
