"""The one function that drops a partition: what is empty for good, proved in the same transaction.

Promises: a schema goes only while no binding of it is Pending, Active or Suspended, no hold is on
its tenant, no blob of it waits, no run of the purge is at work, and no row is in any of its tables
but those of the audit, each of them locked and seen whole. Its chains stand in the control plane
before it goes, entry for entry as they were. The partition's row is locked first: whoever makes
the partition for a new binding locks the same, and makes it anew.

Must never: wait for a lock longer than 200 ms, drop `shared`, `public` or a spare, or be called by
a login that is not the owner.
"""

from apps.core.walls.governance import GRACE_DAYS
from apps.core.walls.trail import (
    DETAIL,
    ENTRY,
    ENTRY_GUARD,
    HEAD,
    SEALED_DETAIL,
    SEALED_ENTRY,
    SEALED_HEAD,
)

_BINDINGS = "public.tenant_bindings_runtimetenantbinding"
_ENTRY = ", ".join(["at", *ENTRY_GUARD.frozen])
_DETAIL = "id, tenant_id, entry_id, kind, salt, value"
_AUDIT = f"'{ENTRY}', '{DETAIL}', '{HEAD}', 'django_migrations'"


def _moved(columns: str, live: str, sealed: str) -> str:
    """Copies all of a table, and proves that it is there as it was. %1 the schema."""
    return f"""
    EXECUTE format('INSERT INTO public.{sealed} ({columns}) SELECT {columns} FROM %I.{live}',
                   p_schema);
    EXECUTE format('SELECT EXISTS (SELECT {columns} FROM %I.{live} EXCEPT '
                   'SELECT {columns} FROM public.{sealed} WHERE tenant_id = %L)', p_schema, tenant)
      INTO found;
    IF found THEN
      RAISE EXCEPTION 'the audit trail is not there as it was' USING ERRCODE = 'RP500';
    END IF;"""


DROPPING_FUNCTIONS = [
    # NULL where it has gone; else what keeps it, in words. A transaction of its own for each: what
    # it locks stays locked until the commit.
    f"""
CREATE OR REPLACE FUNCTION app.drop_partition(p_schema text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  tenant text;
  place oid := to_regnamespace(quote_ident(p_schema));
  tables text[];
  name text;
  found boolean;
  entries bigint;
  newest bigint;
BEGIN
  IF NOT app.is_owner() OR current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'partitions are dropped by the owner, who sees every row, in READ COMMITTED'
      USING ERRCODE = 'RP500';
  END IF;
  SET LOCAL lock_timeout = '200ms';
  SET LOCAL client_min_messages = warning;
  BEGIN
    SELECT p.tenant_id INTO tenant FROM public.tenants_datapartition p
    WHERE p.schema_name = p_schema AND p.migrated_to <> '' AND p.tenant_id <> 'platform'
    FOR UPDATE NOWAIT;
    IF tenant IS NULL OR place IS NULL
       OR p_schema NOT IN ('silo_' || tenant, 'pool_' || tenant) THEN
      RETURN 'it is no partition of a tenant';
    END IF;
    IF NOT pg_try_advisory_xact_lock(app.retention_lock('a run')) THEN
      RETURN 'a run of the purge is at work';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(app.retention_lock('platform'));
    PERFORM pg_advisory_xact_lock_shared(app.retention_lock(tenant));
    IF EXISTS (SELECT FROM {_BINDINGS} b
               WHERE b.data_partition = p_schema AND b.status <> 'Released') THEN
      RETURN 'a binding is not Released';
    END IF;
    IF EXISTS (SELECT FROM public.retention_legalhold h WHERE h.tenant_id = tenant
               AND (h.lifted_at IS NULL OR h.lifted_at + interval '{GRACE_DAYS * 24} hours'
                                           >= transaction_timestamp())) THEN
      RETURN 'a hold is on its tenant';
    END IF;
    IF EXISTS (SELECT FROM public.retention_removedlog r WHERE r.tenant_id = tenant
               AND r.gone_at IS NULL AND r.environment_id IN (
                 SELECT b.environment_id FROM {_BINDINGS} b WHERE b.data_partition = p_schema)) THEN
      RETURN 'step logs wait to be removed';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_class c
               WHERE c.relnamespace = place AND c.relkind NOT IN ('r', 'p', 'i', 'I', 'S')) THEN
      RETURN 'something that the portal has not made is in it';
    END IF;
    SELECT array_agg(c.relname::text ORDER BY c.relispartition, c.relname) INTO tables
    FROM pg_catalog.pg_class c WHERE c.relnamespace = place AND c.relkind IN ('r', 'p');
    EXECUTE (SELECT 'LOCK TABLE ' || string_agg(format('%I.%I', p_schema, t.name), ', ')
                    || ' IN ACCESS EXCLUSIVE MODE NOWAIT' FROM unnest(tables) AS t(name));
    -- Of what its policies hide from the owner, "none found" would prove nothing.
    IF EXISTS (
      SELECT FROM pg_catalog.pg_class c
      WHERE c.relnamespace = place AND c.relkind IN ('r', 'p') AND row_security_active(c.oid)
        AND (NOT EXISTS (SELECT FROM pg_catalog.pg_policy o WHERE o.polrelid = c.oid
                         AND o.polpermissive AND o.polcmd = '*' AND o.polroles = ARRAY[
                           (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)]
                         AND pg_get_expr(o.polqual, o.polrelid) = 'true')
             OR EXISTS (SELECT FROM pg_catalog.pg_policy o WHERE o.polrelid = c.oid
                        AND NOT o.polpermissive AND o.polroles && ARRAY[
                          0, (SELECT r.oid FROM pg_catalog.pg_roles r
                              WHERE r.rolname = current_user)]::oid[]))) THEN
      RETURN 'the owner does not see one of its tables whole';
    END IF;
    FOREACH name IN ARRAY tables LOOP
      IF name NOT IN ({_AUDIT}) THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', p_schema, name) INTO found;
        IF found THEN
          RETURN 'a row is in ' || name;
        END IF;
      END IF;
    END LOOP;
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.{ENTRY} WHERE (tenant_id, chain) <> ($1, $2)) '
                   'OR EXISTS (SELECT FROM %1$I.{HEAD} WHERE (tenant_id, chain) <> ($1, $2))',
                   p_schema) INTO found USING tenant, p_schema;
    IF found THEN
      RETURN 'a chain of somebody else is in it';
    END IF;
{_moved(_ENTRY, ENTRY, SEALED_ENTRY)}
{_moved(_DETAIL, DETAIL, SEALED_DETAIL)}
    -- The head of a partition that went before moves on; nobody else moves one.
    SET LOCAL app.moves_clocks = 'on';
    EXECUTE format('INSERT INTO public.{SEALED_HEAD} '
                   '(id, tenant_id, chain, last_number, last_hash) '
                   'SELECT id, tenant_id, chain, last_number, last_hash FROM %I.{HEAD} '
                   'ON CONFLICT (tenant_id, chain) DO UPDATE '
                   'SET last_number = EXCLUDED.last_number, last_hash = EXCLUDED.last_hash',
                   p_schema);
    SET LOCAL app.moves_clocks = '';
    SELECT count(*), coalesce(max(e.number), 0) INTO entries, newest
    FROM public.{SEALED_ENTRY} e WHERE e.tenant_id = tenant AND e.chain = p_schema;
    IF (entries, entries) IS DISTINCT FROM (newest, coalesce((
         SELECT h.last_number FROM public.{SEALED_HEAD} h
         WHERE h.tenant_id = tenant AND h.chain = p_schema), 0)) THEN
      RAISE EXCEPTION 'its chain is not whole' USING ERRCODE = 'RP409';
    END IF;
    EXECUTE format('DROP SCHEMA %I CASCADE', p_schema);
    UPDATE public.tenants_datapartition SET migrated_to = '' WHERE schema_name = p_schema;
    RETURN NULL;
  EXCEPTION
    WHEN lock_not_available OR deadlock_detected THEN
      RETURN 'somebody is at work there';
    WHEN SQLSTATE 'RP409' THEN
      RETURN SQLERRM;
  END;
END $$
""",
]


def continued(schema: str) -> str:
    """A partition made anew goes on with the chain that was sealed; nothing where there is none."""
    return (
        "SET LOCAL app.moves_clocks = 'on';\n"
        f'INSERT INTO "{schema}".{HEAD} (id, tenant_id, chain, last_number, last_hash) '
        f"SELECT gen_random_uuid(), tenant_id, chain, last_number, last_hash "
        f"FROM public.{SEALED_HEAD} WHERE chain = '{schema}';\n"
        "SET LOCAL app.moves_clocks = ''"
    )
