"""People in both admins: the platform's shows all places, a tenant's shows its own."""

from typing import Any

from django.contrib import admin

from apps.core.admin import PortalAdmin
from apps.people.erasing import erase_person
from apps.people.invitations import revoke_invitation
from apps.people.models import ApiClient, Invitation, Membership, OfficerProposal, Person, Visit
from apps.people.operations import end_role, revoke_api_client
from apps.people.queries import people_of


class PersonAdmin(PortalAdmin):
    read = "runtime.people.read"
    write = "runtime.people.write"
    list_display = ("email", "name", "is_active", "last_login", "created_at")
    list_filter = ("is_active", ("erased_at", admin.EmptyFieldListFilter))
    search_fields = ("email__startswith", "name__istartswith")
    exclude = ("password", "session_epoch")
    actions = ("erase",)

    @admin.action(description="Erase: an id is left", permissions=["write"])
    def erase(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Erase", lambda p, why: erase_person(p.id, reason=why), "erased"
        )


class MembershipAdmin(PortalAdmin):
    read = "runtime.people.read"
    write = "runtime.people.write"
    list_display: tuple[str, ...] = ("person", "tenant", "role", "created_at", "ended_at")
    list_filter = ("role", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("person__email__startswith",)
    list_select_related = ("person", "tenant")
    actions = ("end",)

    @admin.action(description="End the role", permissions=["write"])
    def end(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "End the role", lambda m, why: end_role(m.id, reason=why), "ended"
        )


class InvitationAdmin(PortalAdmin):
    read = "runtime.people.read"
    write = "runtime.people.write"
    list_display: tuple[str, ...] = (
        "email",
        "tenant",
        "role",
        "status",
        "created_at",
        "expires_at",
    )
    list_filter = ("status", "role")
    search_fields = ("email__startswith",)
    exclude = ("token_hash",)
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["write"])
    def revoke(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Revoke", lambda i, why: revoke_invitation(i.id, reason=why),
            "revoked",
        )  # fmt: skip


class ApiClientAdmin(PortalAdmin):
    read = "runtime.people.read"
    write = "runtime.clients.write"
    list_display: tuple[str, ...] = (
        "name",
        "tenant",
        "prefix",
        "created_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name__istartswith", "prefix__startswith")
    exclude = ("token_hash",)
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["write"])
    def revoke(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Revoke", lambda c, why: revoke_api_client(c.id, reason=why),
            "revoked",
        )  # fmt: skip


class VisitAdmin(PortalAdmin):
    read = "runtime.people.read"
    list_display: tuple[str, ...] = (
        "person",
        "tenant",
        "reason",
        "started_at",
        "ends_at",
        "elevated_at",
    )
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    search_fields = ("person__email__startswith",)
    list_select_related = ("person", "tenant")


class OfficerProposalAdmin(PortalAdmin):
    read = "runtime.people.read"
    list_display = ("person", "status", "reason", "created_at", "decided_at")
    list_filter = ("status",)
    search_fields = ("person__email__startswith",)
    list_select_related = ("person",)


class _OfTheTenant(PortalAdmin):
    """Rows of the tenant entered: a visitor of the platform could see others' here, too."""

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(tenant_id=request.door.tenant_id)


class TenantPersonAdmin(PersonAdmin):
    def get_queryset(self, request: Any) -> Any:
        return people_of(request.door.tenant_id).order_by("email")


class TenantMembershipAdmin(_OfTheTenant, MembershipAdmin):
    list_display = ("person", "role", "created_at", "ended_at")


class TenantInvitationAdmin(_OfTheTenant, InvitationAdmin):
    list_display = ("email", "role", "status", "created_at", "expires_at")


class TenantApiClientAdmin(_OfTheTenant, ApiClientAdmin):
    list_display = ("name", "prefix", "created_at", "expires_at", "revoked_at")


class TenantVisitAdmin(_OfTheTenant, VisitAdmin):
    list_display = ("person", "reason", "started_at", "ends_at", "elevated_at", "ended_at")


def register(site: Any) -> None:
    site.register(Person, PersonAdmin)
    site.register(Membership, MembershipAdmin)
    site.register(Invitation, InvitationAdmin)
    site.register(OfficerProposal, OfficerProposalAdmin)
    site.register(Visit, VisitAdmin)
    site.register(ApiClient, ApiClientAdmin)


def register_tenant(site: Any) -> None:
    """Of the control plane, in the admin of a tenant's partition: what is the tenant's own."""
    site.register(Person, TenantPersonAdmin)
    site.register(Membership, TenantMembershipAdmin)
    site.register(Invitation, TenantInvitationAdmin)
    site.register(Visit, TenantVisitAdmin)
    site.register(ApiClient, TenantApiClientAdmin)
