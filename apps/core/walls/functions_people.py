"""Of schema `app`, the functions about people: what policies ask, and what only a definer may do.

They promise what those of `functions` do. `app.accept_invitation` and `app.erase_person` write as
the owner: each asks the right that it needs by itself, in the transaction that it writes in.
"""

_MEMBERSHIP, _PERSON = "public.people_membership", "public.people_person"
_INVITATION = "public.people_invitation"
# An invitation that can be accepted now: its inviter may still invite, its tenant is still there.
_OPEN = """i.status = 'Pending' AND i.expires_at > statement_timestamp()
    AND app.may_invite(i.invited_by, i.tenant_id, i.role)
    AND EXISTS (SELECT FROM public.tenants_tenant t
                WHERE t.tenant_id = i.tenant_id AND t.status <> 'Closed')"""


def people_functions(definer: str) -> list[str]:
    """`definer`: how a function is marked that runs as the owner."""
    return [
        f"""
CREATE OR REPLACE FUNCTION app.tenant_roles() RETURNS text[]
LANGUAGE sql STABLE {definer} AS $$
  SELECT coalesce(array_agg(m.role::text), '{{{{}}}}') FROM {_MEMBERSHIP} m
  WHERE m.tenant_id = nullif(current_setting('app.tenant_id', true), '') AND m.ended_at IS NULL
    AND m.person_id = nullif(current_setting('app.person', true), '')::uuid
$$
""",
        f"""
CREATE OR REPLACE FUNCTION app.has_admin(p_tenant text) RETURNS boolean
LANGUAGE sql STABLE {definer} AS $$
  SELECT EXISTS (
    SELECT FROM {_MEMBERSHIP} m WHERE m.tenant_id = p_tenant AND m.role = 'tenant-admin'
      AND m.ended_at IS NULL)
$$
""",
        # Confirmed by whoever asks, in this very transaction: seating an officer is a part of it.
        """
CREATE OR REPLACE FUNCTION app.is_seated(p_person uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM public.people_officerproposal p
    WHERE p.person_id = p_person AND p.status = 'Confirmed' AND p.decided_by = app.person_id()
      AND p.decided_at = transaction_timestamp())
$$
""",
        # For definers alone. The shell's invitations have no inviter.
        f"""
CREATE OR REPLACE FUNCTION app.may_invite(p_person uuid, p_tenant text, p_role text)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT p_person IS NULL OR EXISTS (
    SELECT FROM {_MEMBERSHIP} m WHERE m.person_id = p_person AND m.ended_at IS NULL
      AND ((m.role = 'tenant-admin' AND m.tenant_id = p_tenant)
           OR (m.role = 'platform-admin' AND (p_tenant = 'platform' OR p_role = 'tenant-admin'))))
$$
""",
        f"""
CREATE OR REPLACE FUNCTION app.invitation(p_hash bytea) RETURNS jsonb
LANGUAGE sql STABLE {definer} AS $$
  SELECT jsonb_build_object(
    'tenant', i.tenant_id, 'role', i.role, 'email', i.email, 'until', i.expires_at,
    'name', (SELECT t.name FROM public.tenants_tenant t WHERE t.tenant_id = i.tenant_id),
    'isKnown', EXISTS (SELECT FROM {_PERSON} p WHERE p.email = i.email))
  FROM {_INVITATION} i WHERE i.token_hash = p_hash AND {_OPEN}
$$
""",
        # With a password it makes the person; without, the person must be there with that address.
        f"""
CREATE OR REPLACE FUNCTION app.accept_invitation(
  p_hash bytea, p_person uuid, p_membership uuid, p_name text, p_password text
) RETURNS jsonb LANGUAGE plpgsql VOLATILE {definer} AS $$
DECLARE
  found {_INVITATION};
  granted boolean := false;
BEGIN
  UPDATE {_INVITATION} i SET status = 'Accepted'
  WHERE i.token_hash = p_hash AND {_OPEN}
  RETURNING i.* INTO found;
  IF found.id IS NULL THEN
    RAISE EXCEPTION 'there is no such invitation' USING ERRCODE = 'RP404';
  END IF;
  IF p_password IS NOT NULL THEN
    INSERT INTO {_PERSON} (id, email, name, password, is_active, time_zone, session_epoch)
    VALUES (p_person, found.email, p_name, p_password, true, 'UTC', 0);
  ELSIF NOT EXISTS (SELECT FROM {_PERSON} p
                    WHERE p.id = p_person AND p.email = found.email AND p.is_active) THEN
    RAISE EXCEPTION 'there is no such invitation' USING ERRCODE = 'RP404';
  END IF;
  IF NOT EXISTS (SELECT FROM {_MEMBERSHIP} m WHERE m.tenant_id = found.tenant_id
                 AND m.person_id = p_person AND m.role = found.role AND m.ended_at IS NULL) THEN
    INSERT INTO {_MEMBERSHIP} (id, tenant_id, person_id, role)
    VALUES (p_membership, found.tenant_id, p_person, found.role);
    granted := true;
  END IF;
  RETURN jsonb_build_object('invitationId', found.id, 'tenant', found.tenant_id,
                            'role', found.role, 'email', found.email, 'granted', granted);
END $$
""",
        f"""
CREATE OR REPLACE FUNCTION app.end_sessions(p_person uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE {definer} AS $$
BEGIN
  UPDATE {_PERSON} SET session_epoch = session_epoch + 1
  WHERE id = p_person AND NOT EXISTS (
    SELECT FROM {_MEMBERSHIP} m WHERE m.person_id = p_person AND m.ended_at IS NULL);
  RETURN FOUND;
END $$
""",
        # The memberships that it ended. Locks the admins of each place whose admin they are, so
        # that two who erase each other cannot leave it without one.
        f"""
CREATE OR REPLACE FUNCTION app.erase_person(p_person uuid) RETURNS jsonb
LANGUAGE plpgsql VOLATILE {definer} AS $$
DECLARE
  here text := nullif(current_setting('app.tenant_id', true), '');
  address text;
  ended jsonb;
BEGIN
  IF NOT (app.is_owner() OR 'platform-admin' = ANY (app.platform_roles())
          OR ('tenant-admin' = ANY (app.tenant_roles())
              AND EXISTS (SELECT FROM {_MEMBERSHIP} m
                          WHERE m.person_id = p_person AND m.tenant_id = here))) THEN
    RAISE EXCEPTION 'there is no such person here' USING ERRCODE = 'RP404';
  END IF;
  PERFORM FROM {_MEMBERSHIP} a
  WHERE a.ended_at IS NULL AND a.role IN ('tenant-admin', 'platform-admin') AND a.tenant_id IN (
    SELECT m.tenant_id FROM {_MEMBERSHIP} m
    WHERE m.person_id = p_person AND m.ended_at IS NULL AND m.role = a.role)
  ORDER BY a.id FOR UPDATE;
  SELECT p.email INTO address FROM {_PERSON} p WHERE p.id = p_person FOR UPDATE;
  IF address IS NULL THEN
    RAISE EXCEPTION 'there is no such person here' USING ERRCODE = 'RP404';
  END IF;
  IF NOT app.is_owner() AND NOT 'platform-admin' = ANY (app.platform_roles())
     AND EXISTS (SELECT FROM {_MEMBERSHIP} m WHERE m.person_id = p_person
                 AND m.ended_at IS NULL AND m.tenant_id <> here) THEN
    RAISE EXCEPTION 'They have roles elsewhere too: a platform admin erases them.'
      USING ERRCODE = 'RP409';
  END IF;
  IF EXISTS (SELECT FROM {_MEMBERSHIP} m WHERE m.person_id = p_person AND m.ended_at IS NULL
             AND m.role = 'governance-officer') THEN
    RAISE EXCEPTION 'They are a governance officer: an officer ends that role first.'
      USING ERRCODE = 'RP409';
  END IF;
  IF EXISTS (
    SELECT FROM {_MEMBERSHIP} m JOIN public.tenants_tenant t USING (tenant_id)
    WHERE m.person_id = p_person AND m.ended_at IS NULL AND t.status <> 'Closed'
      AND m.role IN ('tenant-admin', 'platform-admin') AND NOT EXISTS (
        SELECT FROM {_MEMBERSHIP} o WHERE o.tenant_id = m.tenant_id AND o.role = m.role
          AND o.ended_at IS NULL AND o.person_id <> p_person)) THEN
    RAISE EXCEPTION 'They are the last admin of a tenant or of the platform: make another first.'
      USING ERRCODE = 'RP409';
  END IF;
  WITH gone AS (
    UPDATE {_MEMBERSHIP} SET ended_at = now() WHERE person_id = p_person AND ended_at IS NULL
    RETURNING id, tenant_id, role
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'membershipId', id, 'tenant', tenant_id, 'role', role) ORDER BY id), '[]') INTO ended FROM gone;
  UPDATE public.people_visit SET ended_at = now()
  WHERE person_id = p_person AND ended_at IS NULL;
  UPDATE {_INVITATION} SET status = 'Revoked'
  WHERE status = 'Pending' AND (email = address OR invited_by = p_person)
    AND (here IS NULL OR tenant_id = here);
  UPDATE {_INVITATION} SET email = p_person || '@erased.invalid'
  WHERE email = address AND status <> 'Pending';
  UPDATE public.people_officerproposal SET status = 'Withdrawn',
    decided_by = coalesce(nullif(current_setting('app.person', true), '')::uuid, p_person)
  WHERE person_id = p_person AND status = 'Proposed';
  DELETE FROM public.account_emailconfirmation c USING public.account_emailaddress a
  WHERE c.email_address_id = a.id AND a.user_id = p_person;
  DELETE FROM public.account_emailaddress WHERE user_id = p_person;
  UPDATE {_PERSON} SET email = p_person || '@erased.invalid', name = 'erased', password = '!',
    is_active = false, last_login = NULL, time_zone = 'UTC', session_epoch = session_epoch + 1,
    erased_at = now()
  WHERE id = p_person;
  RETURN ended;
END $$
""",
    ]
