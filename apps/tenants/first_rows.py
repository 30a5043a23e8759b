"""What stands in the control plane before anybody comes: the reserved tenant and its partition."""

from apps.core.ids import uuid7


def platform(schema: str) -> list[str]:
    """The tenant `platform`, owner of what nobody else owns, and the partition `shared`."""
    if schema != "public":
        return []
    return [
        "INSERT INTO public.tenants_tenant (tenant_id, name, status) "
        "VALUES ('platform', 'Platform', 'Active')",
        "INSERT INTO public.tenants_datapartition (id, schema_name, tenant_id, migrated_to) "
        f"VALUES ('{uuid7()}', 'shared', 'platform', '')",
    ]
