from typing import Any

from django.contrib import admin

from apps.core.admin import PortalAdmin
from apps.tenants.models import DataPartition, Tenant, Vault


class TenantAdmin(PortalAdmin):
    read = "runtime.tenants.read"
    list_display = ("tenant_id", "name", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("tenant_id__prefix", "name__istartswith")


class DataPartitionAdmin(PortalAdmin):
    read = "runtime.partitions.read"
    list_display = ("schema_name", "tenant", "is_made", "created_at")
    search_fields = ("schema_name__prefix",)

    @admin.display(boolean=True, description="made")
    def is_made(self, partition: DataPartition) -> bool:
        return bool(partition.migrated_to)


class VaultAdmin(PortalAdmin):
    read = "runtime.tenants.read"
    list_display = ("name", "tenant", "created_at")
    search_fields = ("name__prefix",)


def register(site: Any) -> None:
    site.register(Tenant, TenantAdmin)
    site.register(DataPartition, DataPartitionAdmin)
    site.register(Vault, VaultAdmin)
