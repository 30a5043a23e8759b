"""Dropping partitions of which nothing is left but the audit: as owner, in no web process.

The database proves it and does it (app.drop_partition); here it is asked, one schema a transaction,
and written into both chains of that transaction.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from apps.core import audit, door
from apps.core.access import PLATFORM, Actor
from apps.tenant_bindings.context import enter_platform
from apps.tenants.models import SealedHead
from apps.tenants.partitions import OWNER

# Where no binding stands that is not Released; the database asks that again, and all the rest.
_CANDIDATES = """
SELECT p.schema_name, p.tenant_id FROM public.tenants_datapartition p
WHERE p.migrated_to <> '' AND p.tenant_id <> 'platform' AND NOT EXISTS (
  SELECT FROM public.tenant_bindings_runtimetenantbinding b
  WHERE b.data_partition = p.schema_name AND b.status <> 'Released')
ORDER BY 1
"""


@dataclass(frozen=True)
class Looked:
    """Schemas that have gone, and {schema: what keeps it}."""

    dropped: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)


def drop_empty_partitions(*, actor: Actor) -> Looked:
    """Drops each partition that is empty for good; where it is killed the next one goes on."""
    looked = Looked()
    with door.using(OWNER):
        with enter_platform(actor=actor):
            candidates = _rows(_CANDIDATES, [])
        for schema, tenant_id in candidates:
            kept_by = drop_partition(schema, tenant_id=tenant_id, actor=actor)
            if kept_by is None:
                looked.dropped.append(schema)
            else:
                looked.kept[schema] = kept_by
    return looked


def drop_partition(schema: str, *, tenant_id: str, actor: Actor) -> str | None:
    """None where it has gone, else what keeps it. One transaction; waits for nobody over 200 ms."""
    with door.using(OWNER), enter_platform(actor=actor):
        door.require("runtime.bindings.write")
        kept_by: str | None = _rows("SELECT app.drop_partition(%s)", [schema])[0][0]
        if kept_by is None:
            head = SealedHead.objects.filter(tenant_id=tenant_id, chain=schema).first()
            for chain in (tenant_id, PLATFORM):
                audit.record(
                    "partition.dropped",
                    object_type="partition",
                    object_id=schema,
                    after={
                        "tenantId": tenant_id,
                        "sealedEntries": head.last_number if head else 0,
                        "sealedHash": head.last_hash if head else None,
                    },
                    tenant_id=chain,
                )
    return kept_by


def _rows(sql: str, parameters: list[Any]) -> list[Any]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
