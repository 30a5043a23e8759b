"""The functions of schema `app`: who is entered, what its bindings admit, and the door.

Security: functions marked SECURITY DEFINER run as the owner and are listed, with the reason, in
DEFINERS; `check_isolation` refuses any other. They read a setting or an argument and answer
with less than the row. All names are qualified and `search_path` is pinned. The door itself is
SECURITY INVOKER: a definer with a pinned search_path would throw away its own SET LOCAL when
it returns.

SQLSTATEs raised here: RP404 no such tenant or environment for this actor · RP409 the state
forbids it · RP422 an immutable column · RP500 the caller broke the door's contract.
"""

from collections.abc import Mapping

from apps.core.walls.day_drops import DAY_FUNCTIONS
from apps.core.walls.dropping import DROPPING_FUNCTIONS
from apps.core.walls.functions_people import people_functions
from apps.core.walls.meters import METER_CALLABLE, METER_DEFINERS, METER_FUNCTIONS
from apps.core.walls.retention import (
    RETENTION_CALLABLE,
    RETENTION_DEFINERS,
    RETENTION_FUNCTIONS,
)

DEFINERS: Mapping[str, str] = {
    "app.readable(text)": "policies ask which environments live bindings admit; runtime may not "
    "read a binding that is Pending or Released",
    "app.writable(text)": "the same for writing",
    "app.platform_roles()": "policies of the control plane ask the person's platform roles "
    "before any tenant is known",
    "app.person_tenants()": "a person chooses among tenants before one is entered",
    "app.admission(text, text, uuid, uuid, text)": "the door asks binding and right at once",
    "app.client_by_token(bytea)": "a token is found by its hash before a tenant is known",
    "app.client_seen(bytea)": "says when a token was last used, before a tenant is known; no "
    "login but the owner writes that column",
    "app.tenant_roles()": "policies ask what the person may do in the tenant entered",
    "app.has_admin(text)": "the first admin of a tenant is invited by the platform; answers with "
    "no more than whether there is one",
    "app.invitation(bytea)": "an invitation is found by its token's hash before anybody is known",
    "app.accept_invitation(bytea, uuid, uuid, text, text)": "who accepts has no right yet but the "
    "token; makes the person, whom runtime may not insert",
    "app.end_sessions(uuid)": "whether a person has a role left elsewhere is not the tenant's "
    "to see",
    "app.erase_person(uuid)": "takes what is known of a person from tables that runtime may not "
    "change; asks the right itself",
    **RETENTION_DEFINERS,
    **METER_DEFINERS,
}

_DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
_BINDINGS = "public.tenant_bindings_runtimetenantbinding"
_LIVE = "b.status IN ('Active', 'Suspended')"
# An older snapshot would not show a suspension, so nothing is admitted to it.
_CURRENT = "current_setting('transaction_isolation') = 'read committed'"

FUNCTIONS = [
    """
CREATE OR REPLACE FUNCTION app.tenant_id() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.tenant_id', true), '') $$
""",
    """
CREATE OR REPLACE FUNCTION app.person_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.person', true), '')::uuid $$
""",
    # The Citus form of the policies: lists that the door has set.
    """
CREATE OR REPLACE FUNCTION app.setting_uuids(name text) RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting(name, true), ''), '{{}}')::uuid[] $$
""",
    """
CREATE OR REPLACE FUNCTION app.is_owner() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT current_user = '{owner}' AND session_user = current_user $$
""",
    # The time of a transition: now(), unless the owner brings an old one. In a definer function
    # that runtime calls, current_user is the owner and session_user is not.
    """
CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN app.is_owner()
         THEN coalesce(nullif(current_setting('app.clock', true), '')::timestamptz, now())
         ELSE now() END
$$
""",
    # Beside an audit entry's own time: the one that the owner gave to what it wrote.
    """
CREATE OR REPLACE FUNCTION app.claimed_clock() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN app.is_owner()
          THEN nullif(current_setting('app.clock', true), '')::timestamptz END $$
""",
    # Tests and moves of whole partitions shift clocks, as owner and by saying so.
    """
CREATE OR REPLACE FUNCTION app.moves_clocks() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN app.is_owner()
    AND coalesce(current_setting('app.moves_clocks', true), '') = 'on';
END $$
""",
    f"""
CREATE OR REPLACE FUNCTION app.readable(partition text) RETURNS uuid[]
LANGUAGE sql STABLE {_DEFINER} AS $$
  SELECT coalesce(array_agg(b.environment_id), '{{{{}}}}') FROM {_BINDINGS} b
  WHERE b.tenant_id = nullif(current_setting('app.tenant_id', true), '')
    AND b.data_partition = partition AND {_LIVE} AND {_CURRENT}
$$
""",
    # Volatile on purpose: it waits for a release that is under way, and then looks anew. So a
    # writer that never came through the door cannot commit after a release either.
    f"""
CREATE OR REPLACE FUNCTION app.writable(partition text) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
DECLARE
  tenant text := nullif(current_setting('app.tenant_id', true), '');
BEGIN
  PERFORM pg_advisory_xact_lock_shared(app.tenant_lock(tenant));
  RETURN (
    SELECT coalesce(array_agg(b.environment_id), '{{{{}}}}') FROM {_BINDINGS} b
    WHERE b.tenant_id = tenant AND b.data_partition = partition AND b.status = 'Active'
      AND {_CURRENT}
  );
END $$
""",
    f"""
CREATE OR REPLACE FUNCTION app.platform_roles() RETURNS text[]
LANGUAGE sql STABLE {_DEFINER} AS $$
  SELECT coalesce(array_agg(m.role::text), '{{{{}}}}') FROM public.people_membership m
  WHERE m.tenant_id = 'platform' AND m.ended_at IS NULL
    AND m.person_id = nullif(current_setting('app.person', true), '')::uuid
$$
""",
    f"""
CREATE OR REPLACE FUNCTION app.person_tenants() RETURNS text[]
LANGUAGE sql STABLE {_DEFINER} AS $$
  SELECT coalesce(array_agg(DISTINCT m.tenant_id::text), '{{{{}}}}')
  FROM public.people_membership m
  WHERE m.ended_at IS NULL AND m.person_id = nullif(current_setting('app.person', true), '')::uuid
$$
""",
    f"""
CREATE OR REPLACE FUNCTION app.client_by_token(hash bytea) RETURNS jsonb
LANGUAGE sql STABLE {_DEFINER} AS $$
  SELECT jsonb_build_object('id', c.id, 'tenant', c.tenant_id, 'name', c.name,
                            'scopes', to_jsonb(c.scopes))
  FROM public.people_apiclient c
  WHERE c.token_hash = hash AND c.revoked_at IS NULL
    AND (c.expires_at IS NULL OR c.expires_at > statement_timestamp())
$$
""",
    # Once a minute at most, and never waiting for whoever revokes the client just now.
    f"""
CREATE OR REPLACE FUNCTION app.client_seen(hash bytea) RETURNS void
LANGUAGE plpgsql VOLATILE {_DEFINER} AS $$
BEGIN
  UPDATE public.people_apiclient SET last_used_at = statement_timestamp() WHERE id IN (
    SELECT c.id FROM public.people_apiclient c
    WHERE c.token_hash = hash AND c.revoked_at IS NULL
      AND (c.last_used_at IS NULL
           OR c.last_used_at < statement_timestamp() - interval '1 minute')
    FOR UPDATE SKIP LOCKED
  );
END $$
""",
    # For definers alone: the live visit of a platform admin. Asks for the role that it needs, too.
    """
CREATE OR REPLACE FUNCTION app.visit(p_tenant text, p_person uuid) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'visitId', v.id, 'until', v.ends_at, 'reason', v.reason,
    'role', CASE WHEN v.elevated_at IS NULL THEN 'tenant-viewer' ELSE 'tenant-operator' END)
  FROM public.people_visit v
  WHERE v.tenant_id = p_tenant AND v.person_id = p_person AND v.ended_at IS NULL
    AND v.ends_at > statement_timestamp()
    AND EXISTS (SELECT FROM public.people_membership m
                WHERE m.tenant_id = 'platform' AND m.role = 'platform-admin'
                  AND m.person_id = v.person_id AND m.ended_at IS NULL)
  ORDER BY v.ends_at DESC LIMIT 1
$$
""",
    # One row of jsonb, or NULL where the actor may not know that the tenant exists.
    f"""
CREATE OR REPLACE FUNCTION app.admission(
  p_tenant text, p_kind text, p_actor uuid, p_environment uuid, p_partition text
) RETURNS jsonb LANGUAGE sql STABLE {_DEFINER} AS $$
  WITH t AS (
    SELECT tenant_id, name, status FROM public.tenants_tenant
    WHERE tenant_id = p_tenant AND tenant_id <> 'platform' AND status <> 'Closed'
  ), visit AS (
    SELECT app.visit(p_tenant, p_actor) AS found WHERE p_kind = 'person'
  ), roles AS (
    SELECT coalesce(array_agg(held.role ORDER BY held.role), '{{{{}}}}') AS list
    FROM (
      SELECT m.role::text FROM public.people_membership m
      WHERE p_kind = 'person' AND m.person_id = p_actor AND m.tenant_id = p_tenant
        AND m.ended_at IS NULL
      UNION
      SELECT found ->> 'role' FROM visit WHERE found IS NOT NULL
    ) held
  ), scopes AS (
    SELECT c.scopes AS list FROM public.people_apiclient c
    WHERE p_kind = 'client' AND c.id = p_actor AND c.tenant_id = p_tenant
      AND c.revoked_at IS NULL
      AND (c.expires_at IS NULL OR c.expires_at > statement_timestamp())
  ), live AS (
    SELECT b.* FROM {_BINDINGS} b WHERE b.tenant_id = p_tenant AND {_LIVE}
  ), chosen AS (
    SELECT * FROM live WHERE environment_id = p_environment
  )
  SELECT jsonb_build_object(
    'tenant', t.tenant_id, 'name', t.name, 'status', t.status,
    'roles', to_jsonb(roles.list), 'visit', (SELECT found FROM visit),
    'scopes', to_jsonb((SELECT list FROM scopes)),
    'partitions', (SELECT coalesce(jsonb_agg(DISTINCT data_partition), '[]') FROM live),
    -- Whether chains of partitions that have gone are to be shown with its others.
    'sealed', EXISTS (SELECT FROM public.tenants_sealedhead h WHERE h.tenant_id = t.tenant_id),
    'partition', CASE
      WHEN p_environment IS NOT NULL THEN (SELECT to_jsonb(data_partition) FROM chosen)
      WHEN p_partition = 'public' THEN NULL
      WHEN p_partition IS NOT NULL
        THEN (SELECT to_jsonb(data_partition) FROM live WHERE data_partition = p_partition LIMIT 1)
      ELSE (SELECT to_jsonb(min(data_partition)) FROM live)
    END,
    'suspended', CASE
      WHEN p_environment IS NOT NULL THEN (SELECT status = 'Suspended' FROM chosen)
      ELSE NOT EXISTS (SELECT FROM live WHERE status = 'Active'
                       AND (p_partition IS NULL OR data_partition = p_partition))
    END,
    -- Of the environment; of a whole tenant its most generous one, none where one has none.
    'throughputRps', CASE
      WHEN p_environment IS NOT NULL THEN (SELECT quota_throughput_rps FROM chosen)
      ELSE (SELECT CASE WHEN bool_and(quota_throughput_rps IS NOT NULL)
                        THEN max(quota_throughput_rps) END FROM live)
    END,
    'binding', (SELECT jsonb_build_object(
        'tenantBindingId', id, 'environmentId', environment_id, 'name', environment_name,
        'stage', stage, 'region', region, 'isolationModel', isolation_model, 'status', status,
        'environmentStatus', environment_status) FROM chosen)
  )
  FROM t, roles
  WHERE CASE p_kind
    WHEN 'person' THEN roles.list <> '{{{{}}}}'
    WHEN 'client' THEN EXISTS (SELECT FROM scopes)
    ELSE p_kind IN ('worker', 'operator')
  END
$$
""",
    # The door. Takes the lock before it looks, so that what it sees is what a release left.
    """
CREATE OR REPLACE FUNCTION app.enter(
  p_tenant text, p_kind text, p_actor uuid, p_environment uuid, p_partition text, p_writing boolean
) RETURNS jsonb LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  admission jsonb;
  schema text;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the door opens in READ COMMITTED only: an older snapshot would not show a '
      'suspension' USING ERRCODE = 'RP500';
  END IF;
  IF p_writing THEN
    PERFORM pg_advisory_xact_lock_shared(app.tenant_lock(p_tenant));
  END IF;
  admission := app.admission(p_tenant, p_kind, p_actor, p_environment, p_partition);
  schema := admission ->> 'partition';
  IF admission IS NULL
     OR (schema IS NULL
         AND (p_environment IS NOT NULL OR coalesce(p_partition, 'public') <> 'public')) THEN
    RAISE EXCEPTION 'there is no such tenant or environment here' USING ERRCODE = 'RP404';
  END IF;
  IF p_writing AND schema IS NOT NULL AND (admission ->> 'suspended')::boolean THEN
    RAISE EXCEPTION 'the binding is suspended: it admits reads only' USING ERRCODE = 'RP409';
  END IF;
  EXECUTE format('SET LOCAL app.tenant_id = %L', p_tenant);
  EXECUTE format('SET LOCAL app.person = %L',
                 CASE WHEN p_kind = 'person' THEN p_actor::text ELSE '' END);
  IF schema IS NULL THEN
    SET LOCAL search_path = public;
  ELSE
    EXECUTE format('SET LOCAL search_path = %I, public', schema);
  END IF;
  IF {citus} THEN
    EXECUTE format('SET LOCAL app.readable = %L', app.readable(coalesce(schema, '')));
    -- Not asked for reading: it takes the lock of a writer.
    EXECUTE format('SET LOCAL app.writable = %L',
                   CASE WHEN p_writing THEN app.writable(coalesce(schema, '')) ELSE '{{}}' END);
  END IF;
  IF NOT p_writing THEN
    SET LOCAL transaction_read_only = on;
  END IF;
  RETURN admission;
END $$
""",
    # The control plane's door: a person without a tenant.
    """
CREATE OR REPLACE FUNCTION app.enter_platform(p_person uuid) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SET LOCAL app.tenant_id = '';
  EXECUTE format('SET LOCAL app.person = %L', coalesce(p_person::text, ''));
  SET LOCAL search_path = public;
  RETURN to_jsonb(app.platform_roles());
END $$
""",
    """
CREATE OR REPLACE FUNCTION app.leave() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  SET LOCAL app.tenant_id = '';
  SET LOCAL app.person = '';
  SET LOCAL app.readable = '';
  SET LOCAL app.writable = '';
  SET LOCAL search_path = public;
END $$
""",
    # The instant at which a clock on the wall there shows that. A time that comes twice (clocks go
    # back) is its first or, `late`, its last; one that never comes (they go forward) is as much
    # later as was skipped.
    """
CREATE OR REPLACE FUNCTION app.instant(wall timestamp, zone text, late boolean)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE WHEN late THEN max(i) ELSE min(i) END, wall AT TIME ZONE zone)
  FROM (
    SELECT (wall - ((t AT TIME ZONE zone) - (t AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC' AS i
    FROM unnest(ARRAY[wall - interval '1 day', wall + interval '1 day']) AS around(w),
         LATERAL (SELECT w AT TIME ZONE 'UTC' AS t) AS utc
  ) AS candidates
  WHERE (i AT TIME ZONE zone) = wall
$$
""",
    # Until when a window that holds at that moment does, NULL where it does not hold: from-until,
    # or weekly by days (1 is Monday) and local times, over midnight where `until` is not after
    # `from`. Windows that touch are one.
    """
CREATE OR REPLACE FUNCTION app.frozen_until(
  p_starts timestamptz, p_ends timestamptz,
  p_days int[], p_from time, p_until time, p_zone text, p_at timestamptz
) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
  asked timestamptz := p_at;
  holds timestamptz;
  ends timestamptz;
BEGIN
  IF p_starts IS NOT NULL THEN
    RETURN CASE WHEN p_at >= p_starts AND p_at < p_ends THEN p_ends END;
  END IF;
  FOR turn IN 1..8 LOOP
    SELECT max(w.until) INTO ends FROM (
      SELECT app.instant(d + p_from, p_zone, false) AS begin,
             app.instant(d + p_until + CASE WHEN p_until <= p_from THEN interval '1 day'
                                            ELSE interval '0' END, p_zone, true) AS until
      FROM generate_series(-2, 1) AS n,
           LATERAL (SELECT (asked AT TIME ZONE p_zone)::date + n AS d) AS days
      WHERE extract(isodow FROM d)::int = ANY (p_days)
    ) AS w WHERE w.begin <= asked AND asked < w.until;
    EXIT WHEN ends IS NULL;
    holds := ends;
    asked := ends;
  END LOOP;
  RETURN holds;
END $$
""",
    # Shared by whoever writes, exclusive for releasing and decommissioning.
    """
CREATE OR REPLACE FUNCTION app.tenant_lock(p_tenant text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT hashtextextended('runtime-portal tenant ' || p_tenant, 0) $$
""",
    *RETENTION_FUNCTIONS,
    *DAY_FUNCTIONS,
    *DROPPING_FUNCTIONS,
    *METER_FUNCTIONS,
]

FUNCTIONS += people_functions(_DEFINER)

RUNTIME_FUNCTIONS = (
    "app.tenant_id()", "app.person_id()", "app.setting_uuids(text)", "app.is_owner()",
    "app.clock()", "app.claimed_clock()", "app.moves_clocks()",
    "app.readable(text)", "app.writable(text)",
    "app.platform_roles()", "app.person_tenants()", "app.client_by_token(bytea)",
    "app.client_seen(bytea)", "app.admission(text, text, uuid, uuid, text)",
    "app.enter(text, text, uuid, uuid, text, boolean)", "app.enter_platform(uuid)",
    "app.leave()", "app.tenant_lock(text)",
    "app.instant(timestamp without time zone, text, boolean)",
    "app.frozen_until(timestamp with time zone, timestamp with time zone, integer[], "
    "time without time zone, time without time zone, text, timestamp with time zone)",
    "app.tenant_roles()", "app.has_admin(text)", "app.is_seated(uuid)", "app.invitation(bytea)",
    "app.accept_invitation(bytea, uuid, uuid, text, text)", "app.end_sessions(uuid)",
    "app.erase_person(uuid)", *RETENTION_CALLABLE, *METER_CALLABLE,
)  # fmt: skip


def function_statements(roles: Mapping[str, str], *, citus: bool) -> list[str]:
    """Schema `app` with its functions, executable by runtime and steward, by nobody else."""
    both = f'"{roles["runtime"]}", "{roles["steward"]}"'
    return [
        "CREATE SCHEMA IF NOT EXISTS app",
        "REVOKE ALL ON SCHEMA app FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA app TO {both}",
        f"GRANT USAGE ON SCHEMA public TO {both}",
        *[sql.format(owner=roles["owner"], citus=str(citus).lower()).strip() for sql in FUNCTIONS],
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC",
        *[f"GRANT EXECUTE ON FUNCTION {name} TO {both}" for name in RUNTIME_FUNCTIONS],
    ]


def functions(schema: str) -> list[str]:
    """For the migration that makes them: in the control plane, before the tables they read."""
    if schema != "public":
        return []
    from django.conf import settings

    return [
        # The bodies name tables that later migrations make.
        "SET LOCAL check_function_bodies = off",
        *function_statements(settings.DATABASE_ROLES, citus=settings.CITUS),
    ]
