"""What holds the audit's chains in the database: guards of entry, detail and head.

Entries, once written, move their chain's head along, each by one step, or are refused; a head moves
no other way. Neither ever changes or goes, whoever asks (the owner by saying so alone: see
app.moves_clocks). Triggers find their tables by the schema that they stand in: a spare schema is
renamed.
"""

from apps.core.walls import policies
from apps.core.walls.guards import Guard
from apps.core.walls.operations import wall_statements

ENTRY, DETAIL, HEAD = "core_auditentry", "core_auditdetail", "core_audithead"
# Chains of partitions that have gone, in the control plane (see dropping).
SEALED_ENTRY, SEALED_DETAIL = "tenants_sealedentry", "tenants_sealeddetail"
SEALED_HEAD = "tenants_sealedhead"

# AFTER: an INSERT that skips a conflict must not move the head. Once a statement: the policies of
# the head ask the binding each time.
_MOVE_HEAD = f"""
DECLARE
  step record;
  moved bigint;
BEGIN
FOR step IN
  SELECT tenant_id, chain, min(number) AS first, max(number) AS last,
    (array_agg(previous_hash ORDER BY number))[1] AS before,
    (array_agg(hash ORDER BY number DESC))[1] AS hash,
    bool_and(number_before IS NULL
             OR (number = number_before + 1 AND previous_hash = hash_before)) AS whole
  FROM (SELECT tenant_id, chain, number, previous_hash, hash,
          lag(number) OVER one AS number_before, lag(hash) OVER one AS hash_before
        FROM written WINDOW one AS (PARTITION BY tenant_id, chain ORDER BY number)) links
  GROUP BY tenant_id, chain
LOOP
  EXECUTE pg_catalog.format('UPDATE %I.{HEAD} SET last_number = $4, last_hash = $5 '
    'WHERE tenant_id = $1 AND chain = $2 AND last_number = $3 - 1 AND last_hash = $6',
    TG_TABLE_SCHEMA)
    USING step.tenant_id, step.chain, step.first, step.last, step.hash, step.before;
  GET DIAGNOSTICS moved = ROW_COUNT;
  IF moved <> 1 OR NOT step.whole THEN
    RAISE EXCEPTION 'an audit entry continues its chain' USING ERRCODE = 'RP409';
  END IF;
END LOOP;
RETURN NULL;
END
"""

ENTRY_GUARD = Guard(
    recorded=["at"],
    frozen=[
        "id", "tenant_id", "chain", "number", "previous_hash", "hash", "claimed_at", "shown_at",
        "actor_kind", "actor_id", "request_id", "action", "object_type", "object_id",
        "environment_id", "digests",
    ],
    kept=True,
    checks={"insert": ["NEW.shown_at := coalesce(NEW.claimed_at, NEW.at);"]},
    afterwards=_MOVE_HEAD.strip().splitlines(),
)  # fmt: skip
DETAIL_GUARD = Guard(frozen=["id", "tenant_id", "entry_id", "kind", "salt", "value"])
SEALED_ENTRY_GUARD = Guard(frozen=["at", *ENTRY_GUARD.frozen], kept=True)
SEALED_HEAD_GUARD = Guard(
    frozen=["id", "tenant_id", "chain", "last_number", "last_hash"], kept=True
)
HEAD_GUARD = Guard(
    frozen=["id", "tenant_id", "chain"],
    kept=True,
    checks={
        "insert": [
            "IF NOT app.moves_clocks() AND "
            "(NEW.last_number <> 0 OR NEW.last_hash <> pg_catalog.repeat('0', 64)) THEN",
            "RAISE EXCEPTION 'a chain begins with nothing' USING ERRCODE = 'RP409'; END IF;",
        ],
        # Depth 2: from within the trigger of an entry.
        "update": [
            "IF NOT app.moves_clocks() AND (NEW.last_number <= OLD.last_number "
            "OR pg_catalog.pg_trigger_depth() < 2) THEN",
            "RAISE EXCEPTION 'the head moves on, with its entries' USING ERRCODE = 'RP409';",
            "END IF;",
        ],
    },
)


def walled_anew(schema: str) -> list[str]:
    """The entries' table, which stands already: its policies and grants as the code has them."""
    target = f'"{schema}"."{ENTRY}"'
    found = policies.table_policies(schema, ENTRY, policies.current_form()) or []
    return [
        *[f"DROP POLICY IF EXISTS {policy.name} ON {target}" for policy in found],
        *wall_statements(schema, ENTRY, policies.current_form()),
    ]


def detail_key(schema: str) -> list[str]:
    """A detail is of an entry of the same tenant."""
    return [
        f'ALTER TABLE "{schema}"."{DETAIL}" ADD CONSTRAINT "{DETAIL}_entry_fk" '
        f'FOREIGN KEY (tenant_id, entry_id) REFERENCES "{schema}"."{ENTRY}" (tenant_id, id)'
    ]


def sealed_detail_key(schema: str) -> list[str]:
    """The same of what is sealed."""
    return [
        f'ALTER TABLE "{schema}"."{SEALED_DETAIL}" ADD CONSTRAINT "{SEALED_DETAIL}_entry_fk" '
        f'FOREIGN KEY (tenant_id, entry_id) REFERENCES "{schema}"."{SEALED_ENTRY}" (tenant_id, id)'
    ]


def everybodys_index(schema: str) -> list[str]:
    """The platform's page reads the chains of all tenants by time."""
    if schema != "public":
        return []
    return [f'CREATE INDEX "audit_everybodys" ON public.{ENTRY} (shown_at, id)']


def numbered(schema: str) -> list[str]:
    """Numbers and hashes the entries that were written before there were chains, oldest first.

    The body is spelled as RFC 8785 has it: its keys are in order, and to_json escapes text in
    the same way. Their values move to rows of their own, as PostgreSQL prints them.
    """
    function, entry, detail = (f'"{schema}".{name}' for name in ("number_audit", ENTRY, DETAIL))
    return [
        f"""
CREATE FUNCTION {function}() RETURNS void LANGUAGE plpgsql AS $number$
DECLARE
  e record; k record; n bigint; tenant text; previous text; hashed text; salt text; listed text;
BEGIN
  FOR e IN SELECT * FROM {entry} ORDER BY tenant_id, id LOOP
    IF tenant IS DISTINCT FROM e.tenant_id THEN
      tenant := e.tenant_id; n := 0; previous := repeat('0', 64);
    END IF;
    n := n + 1; listed := '';
    FOR k IN SELECT * FROM (VALUES
      ('address', to_json(nullif(e.address, ''))::text), ('after', e.after::text),
      ('before', e.before::text), ('label', to_json(nullif(e.actor_label, ''))::text),
      ('reason', to_json(nullif(e.reason, ''))::text)) v (kind, value) WHERE value IS NOT NULL
    LOOP
      salt := md5(gen_random_uuid()::text || gen_random_uuid()::text);
      INSERT INTO {detail} (id, tenant_id, entry_id, kind, salt, value)
      VALUES (gen_random_uuid(), e.tenant_id, e.id, k.kind, decode(salt, 'hex'), k.value);
      listed := listed || CASE listed WHEN '' THEN '' ELSE ',' END || format('"%s":"%s"', k.kind,
        encode(sha256(convert_to(format('{{"kind":"%s","salt":"%s","value":%s}}', k.kind, salt,
                                        k.value), 'UTF8')), 'hex'));
    END LOOP;
    hashed := encode(sha256(convert_to(format(
      '{{"action":%s,"actorId":%s,"actorKind":%s,"at":%s,"chain":%s,"claimedAt":%s,"digests":{{%s}},'
      '"environmentId":%s,"id":%s,"number":%s,"objectId":%s,"objectType":%s,"previousHash":%s,'
      '"requestId":%s,"tenantId":%s}}',
      to_json(e.action), coalesce(to_json(e.actor_id)::text, 'null'), to_json(e.actor_kind),
      to_json(to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
      to_json('{schema}'::text),
      coalesce(to_json(to_char(e.claimed_at AT TIME ZONE 'UTC',
                               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text, 'null'),
      listed, coalesce(to_json(e.environment_id)::text, 'null'), to_json(e.id), n,
      to_json(e.object_id), to_json(e.object_type), to_json(previous), to_json(e.request_id),
      to_json(e.tenant_id)), 'UTF8')), 'hex');
    UPDATE {entry} SET chain = '{schema}', number = n, previous_hash = previous, hash = hashed,
      shown_at = coalesce(claimed_at, at), digests = format('{{%s}}', listed)::jsonb
    WHERE id = e.id;
    previous := hashed;
  END LOOP;
  INSERT INTO "{schema}".{HEAD} (id, tenant_id, chain, last_number, last_hash)
  SELECT gen_random_uuid(), tenant_id, chain, max(number),
    (array_agg(hash ORDER BY number DESC))[1] FROM {entry} GROUP BY tenant_id, chain;
END $number$
""".strip(),
        f"SELECT {function}()",
        f"DROP FUNCTION {function}()",
    ]
