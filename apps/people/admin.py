from typing import Any

from apps.core.admin import PortalAdmin
from apps.people.models import ApiClient, Membership, Person


class PersonAdmin(PortalAdmin):
    read = "runtime.people.read"
    list_display = ("email", "name", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("email__startswith", "name__istartswith")
    exclude = ("password",)


class MembershipAdmin(PortalAdmin):
    read = "runtime.people.read"
    list_display = ("person", "tenant", "role", "created_at", "ended_at")
    list_filter = ("role",)
    search_fields = ("person__email__startswith",)
    list_select_related = ("person", "tenant")


class ApiClientAdmin(PortalAdmin):
    read = "runtime.people.read"
    list_display = ("name", "tenant", "prefix", "created_at", "expires_at", "revoked_at")
    search_fields = ("name__istartswith", "prefix__startswith")
    exclude = ("token_hash",)


def register(site: Any) -> None:
    site.register(Person, PersonAdmin)
    site.register(Membership, MembershipAdmin)
    site.register(ApiClient, ApiClientAdmin)
