"""One row of each table of retention, and a kept answer, for tests that try every table.

Holds nothing any more.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from apps.core.chain import GENESIS, digest, hash_of, moment, new_salt
from apps.core.ids import uuid7

# Nobody reads these as a tenant: officers, auditors by name, and the steward do.
HIDDEN_FROM_TENANTS = {
    "retention_legalhold", "retention_retentionrun", "retention_removedlog",
    "retention_retentionrollup",
}  # fmt: skip


def statements(*tenants: str) -> Iterator[str]:
    """As owner, in one transaction."""
    yield "SET LOCAL app.clock = '2002-01-01Z'"
    yield (
        "INSERT INTO public.retention_retentionrun (id, tenant_id, as_of, dry_run, only_tenant, "
        "only_class, started_by_kind, started_by_label, status, note) VALUES "
        "(gen_random_uuid(), 'platform', now(), true, '', '', 'operator', '', 'Completed', '')"
    )
    for tenant in tenants:
        yield (
            "INSERT INTO public.api_keptanswer (id, tenant_id, client_id, key, fingerprint, "
            f"request_id, headers, body) VALUES (gen_random_uuid(), '{tenant}', "
            "gen_random_uuid(), 'k', 'f', 'r', '{}', '')"
        )
        yield (
            "INSERT INTO public.retention_legalhold (id, tenant_id, number, data_classes, matter, "
            "reason, status, placed_by_label, lift_proposed_by_id, lift_proposed_by_label, "
            "lift_reason, lifted_by_id, lifted_by_label) SELECT gen_random_uuid(), "
            f"'{tenant}', 1, '{{step-log}}', 'm', 'r', 'Lifted', '', gen_random_uuid(), '', 'r', "
            "gen_random_uuid(), '' ON CONFLICT DO NOTHING"
        )
        yield (
            "INSERT INTO public.retention_retentionpolicy (id, tenant_id, data_class, version, "
            f"days, reason, set_by_label) VALUES (gen_random_uuid(), '{tenant}', 'drift-finding', "
            "1, 366, 'r', '') ON CONFLICT DO NOTHING"
        )
        yield (
            "INSERT INTO public.retention_windowreturn (id, tenant_id, data_class, version, "
            "from_days, days, reason, status, asked_by_id, asked_by_label, decided_by_label) "
            f"VALUES (gen_random_uuid(), '{tenant}', 'step-log', 2, 400, 90, 'r', 'Declined', "
            "gen_random_uuid(), '', '')"
        )
        yield (
            "INSERT INTO public.retention_retentionentry (id, tenant_id, run_id, dry_run, "
            "data_class, policy_versions, due, purged, tiered, bytes, held_back, failed) VALUES "
            f"(gen_random_uuid(), '{tenant}', gen_random_uuid(), true, 'step-log', '{{}}', 0, "
            "0, 0, 0, '{}', '')"
        )
        yield (
            "INSERT INTO public.retention_governanceexception (id, tenant_id, data_class, reason, "
            "legal_basis, lapses_at, status, asked_by_label, decided_by_label, decision_reason, "
            f"digest) VALUES (gen_random_uuid(), '{tenant}', 'step-log', 'r', 'b', now(), "
            "'Withdrawn', '', '', '', '')"
        )
        yield (
            "INSERT INTO public.retention_exceptedrow (id, tenant_id, exception_id, "
            f"data_partition, row_id, digest) VALUES (gen_random_uuid(), '{tenant}', "
            "gen_random_uuid(), 'x', gen_random_uuid(), 'x')"
        )
        yield (
            "INSERT INTO public.retention_removedlog (id, tenant_id, environment_id, run_id, path, "
            f"bytes, sha256) VALUES (gen_random_uuid(), '{tenant}', gen_random_uuid(), "
            f"gen_random_uuid(), '{tenant}/' || gen_random_uuid(), 0, 'x')"
        )
        yield (
            "INSERT INTO public.retention_retentionrollup (id, tenant_id, data_class, there, "
            "in_use, held, held_by, more, due_7, due_30, due_90, due_365, more_7, more_30, "
            f"more_90, more_365) VALUES (gen_random_uuid(), '{tenant}', 'step-log', 0, 0, 0, "
            "'{}', false, 0, 0, 0, 0, false, false, false, false) ON CONFLICT DO NOTHING"
        )
        yield from sealed(tenant)
    yield "SET LOCAL app.clock = ''"


def sealed(tenant: str) -> Iterator[str]:
    """A whole chain of one entry, of a partition that has gone."""
    salt, chain, at = new_salt(), f"pool_{uuid7()}", datetime(2002, 1, 1, tzinfo=UTC)
    body = {
        "id": str(uuid7()), "tenantId": tenant, "chain": chain, "number": 1,
        "previousHash": GENESIS, "at": moment(at), "claimedAt": None, "actorKind": "person",
        "actorId": None, "requestId": "", "action": "a.b", "objectType": "c", "objectId": "d",
        "environmentId": None, "digests": {"reason": digest("reason", salt, '"r"')},
    }  # fmt: skip
    ends = hash_of(body)
    yield (
        "INSERT INTO public.tenants_sealedentry (id, tenant_id, chain, number, previous_hash, "
        "hash, at, actor_kind, request_id, action, object_type, object_id, digests) VALUES "
        f"('{body['id']}', '{tenant}', '{chain}', 1, '{GENESIS}', '{ends}', '{moment(at)}', "
        f"'person', '', 'a.b', 'c', 'd', '{json.dumps(body['digests'])}')"
    )
    yield (
        "INSERT INTO public.tenants_sealeddetail (id, tenant_id, entry_id, kind, salt, value) "
        f"VALUES ('{uuid7()}', '{tenant}', '{body['id']}', 'reason', '\\x{salt.hex()}', '\"r\"')"
    )
    yield (
        "INSERT INTO public.tenants_sealedhead (id, tenant_id, chain, last_number, last_hash) "
        f"VALUES ('{uuid7()}', '{tenant}', '{chain}', 1, '{ends}')"
    )
