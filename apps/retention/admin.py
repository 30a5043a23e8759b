"""Where officers sign: holds and exceptions, with windows and the record of runs beside them.

In the admin of a tenant its people read the exceptions that they ask for, and its auditors holds.
"""

from typing import Any

from django.contrib import admin

from apps.core.admin import PortalAdmin
from apps.retention.exceptions import approve_exception, refuse_exception, withdraw_exception
from apps.retention.models import (
    Certificate,
    GovernanceException,
    LegalHold,
    RetentionEntry,
    RetentionPolicy,
    RetentionRun,
    WindowReturn,
)
from apps.retention.operations import keep_hold, lift_hold, propose_lift
from apps.retention.returns import confirm_return, decline_return


class OfficersAdmin(PortalAdmin):
    read = "runtime.governance.read"
    write = "runtime.governance.write"
    search_fields = ("tenant__tenant_id__prefix",)
    ordering = ("-id",)


class LegalHoldAdmin(OfficersAdmin):
    list_display = (
        "number", "tenant", "data_classes", "environment_id", "matter", "status", "placed_at",
    )  # fmt: skip
    list_filter = ("status",)
    actions = ("propose_lift", "keep", "lift")

    @admin.action(description="Propose to lift", permissions=["write"])
    def propose_lift(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Propose to lift", lambda h, why: propose_lift(h.id, reason=why),
            "proposed: a second officer lifts",
        )  # fmt: skip

    @admin.action(description="Keep: take the proposal back", permissions=["write"])
    def keep(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Keep", lambda h, why: keep_hold(h.id), "kept", reason=False
        )

    @admin.action(description="Lift, as the second officer", permissions=["write"])
    def lift(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Lift", lambda h, why: lift_hold(h.id),
            "lifted: what they cover is held for 30 days more", reason=False,
        )  # fmt: skip


class Withdrawing(PortalAdmin):
    """Of exceptions, by an officer or by who may ask: for good, so the verb is typed."""

    @admin.action(description="Withdraw", permissions=["write"])
    def withdraw(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Withdraw", lambda e, why: withdraw_exception(e.id),
            "withdrawn: nothing goes by them any more", reason=False, final=True,
        )  # fmt: skip


class GovernanceExceptionAdmin(Withdrawing, OfficersAdmin):
    list_display = (
        "tenant", "data_class", "legal_basis", "asked_by_label", "status", "row_count", "lapses_at",
    )  # fmt: skip
    list_filter = ("status", "data_class")
    actions = ("approve", "refuse", "withdraw")

    @admin.action(description="Approve: freezes what it covers", permissions=["write"])
    def approve(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Approve", lambda e, why: approve_exception(e.id, reason=why),
            "approved",
        )  # fmt: skip

    @admin.action(description="Refuse", permissions=["write"])
    def refuse(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Refuse", lambda e, why: refuse_exception(e.id, reason=why),
            "refused",
        )  # fmt: skip


class RetentionPolicyAdmin(OfficersAdmin):
    list_display = ("tenant", "data_class", "version", "days", "set_by_label", "in_force_at")
    list_filter = ("data_class",)


class WindowReturnAdmin(OfficersAdmin):
    list_display = (
        "tenant", "data_class", "from_days", "days", "asked_by_label", "status", "asked_at",
    )  # fmt: skip
    list_filter = ("status", "data_class")
    actions = ("confirm", "decline")

    @admin.action(description="Confirm, as the second officer", permissions=["write"])
    def confirm(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Confirm", lambda r, why: confirm_return(r.id),
            "confirmed: in force in 72 hours", reason=False,
        )  # fmt: skip

    @admin.action(description="Decline", permissions=["write"])
    def decline(self, request: Any, queryset: Any) -> Any:
        return self.ask(
            request, queryset, "Decline", lambda r, why: decline_return(r.id), "declined",
            reason=False,
        )  # fmt: skip


class RetentionRunAdmin(OfficersAdmin):
    list_display = (
        "started_at",
        "as_of",
        "dry_run",
        "only_tenant",
        "exception_id",
        "status",
        "ended_at",
    )
    list_filter = ("status", "dry_run")


class RetentionEntryAdmin(OfficersAdmin):
    list_display = (
        "recorded_at", "tenant", "data_class", "due", "purged", "tiered", "held_back", "failed",
    )  # fmt: skip
    list_filter = ("data_class", "dry_run")


class CertificateAdmin(OfficersAdmin):
    list_display = ("issued_at", "tenant", "run_id", "leaf_count", "root")


class OwnAdmin(PortalAdmin):
    """What is governed of the tenant entered; the database shows it whom it may concern."""

    read = "runtime.retention.read"
    ordering = ("-id",)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(tenant_id=request.door.tenant_id)


class OwnExceptionAdmin(Withdrawing, OwnAdmin):
    """Asked for on the page of the console that its list leads to."""

    write = "runtime.retention.write"
    list_display = (
        "data_class", "legal_basis", "reason", "asked_by_label", "status", "row_count", "lapses_at",
    )  # fmt: skip
    list_filter = ("status", "data_class")
    actions = ("withdraw",)


class OwnHoldAdmin(OwnAdmin):
    list_filter = ("status",)
    list_display = (
        "number", "data_classes", "environment_id", "matter", "status", "placed_at", "lifted_at",
    )  # fmt: skip


def register_tenant(site: Any) -> None:
    """Of the control plane, in the admin of a partition: what is asked for, and holds."""
    site.register(GovernanceException, OwnExceptionAdmin)
    site.register(LegalHold, OwnHoldAdmin)


def register(site: Any) -> None:
    site.register(LegalHold, LegalHoldAdmin)
    site.register(GovernanceException, GovernanceExceptionAdmin)
    site.register(RetentionPolicy, RetentionPolicyAdmin)
    site.register(WindowReturn, WindowReturnAdmin)
    site.register(RetentionRun, RetentionRunAdmin)
    site.register(RetentionEntry, RetentionEntryAdmin)
    site.register(Certificate, CertificateAdmin)
