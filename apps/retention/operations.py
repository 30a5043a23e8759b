"""Every write to windows and holds. They only tighten, or take two officers.

A hold or a longer window is in force when the operation's transaction has committed: from then on
nothing that it covers can go, whatever run is under way.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max

from apps.core import audit, door
from apps.core.access import PLATFORM
from apps.core.door import Door
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.walls.classes import CLASSES
from apps.retention.first_rows import MAX_DAYS
from apps.retention.locks import lock_retention
from apps.retention.models import HoldStatus, LegalHold, RetentionPolicy
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenants.models import Tenant

SCOPE = "runtime.governance.write"


def set_retention(
    *, data_class: str, days: int, reason: str, tenant_id: str | None = None
) -> RetentionPolicy:
    """A longer window, for one tenant or for all, at once and for what exists.

    Raises Invalid for what is no class, no reason or shorter than the floor; Refused where it is
    not longer than the window in force.
    """
    entered = door.require(SCOPE)
    fields: dict[str, list[str]] = {}
    if problem := unknown([data_class]):
        fields["dataClass"] = [problem]
    elif isinstance(days, bool) or not isinstance(days, int) or days > MAX_DAYS:
        fields["days"] = [f"must be a whole number of at most {MAX_DAYS} days."]
    elif days < CLASSES[data_class].days:
        fields["days"] = [f"must not be less than the floor of {CLASSES[data_class].days} days."]
    if not reason.strip():
        fields["reason"] = ["Say why."]
    if fields:
        raise Invalid("The window cannot be set so.", fields=fields)
    whose = tenant_id or PLATFORM
    check_tenant(tenant_id)
    with door.atomic():
        lock_retention(whose)
        before = window(data_class, tenant_id)
        if days <= before:
            raise Refused(f"{data_class} is kept {before} days already: a window only grows here.")
        versions = RetentionPolicy.objects.filter(tenant_id=whose, data_class=data_class)
        last = versions.aggregate(last=Max("version"))["last"] or 0
        policy = RetentionPolicy.objects.create(
            tenant_id=whose,
            data_class=data_class,
            version=last + 1,
            days=days,
            reason=reason.strip(),
            set_by_id=entered.actor.id,
            set_by_label=entered.actor.label,
        )
        audit.record(
            "retention_policy.lengthened",
            object_type="retention_policy",
            object_id=policy.id,
            before={"days": before},
            after=policy.as_api(),
            reason=policy.reason,
            tenant_id=whose,
        )
    return policy


def window(data_class: str, tenant_id: str | None = None) -> int:
    """Days for one tenant, or for whoever has no window of their own, ways back in force."""
    return max(own_window(data_class, whose) for whose in {PLATFORM, tenant_id or PLATFORM})


def own_window(data_class: str, whose: str) -> int:
    """What stands under that name alone (0: nothing), once every way back is in force."""
    found = RetentionPolicy.objects.filter(tenant_id=whose, data_class=data_class)
    back = found.filter(return_id__isnull=False).aggregate(version=Max("version"))["version"]
    return int(found.filter(version__gte=back or 0).aggregate(days=Max("days"))["days"] or 0)


def place_hold(
    *,
    tenant_id: str,
    data_classes: Sequence[str],
    matter: str,
    reason: str,
    environment_id: UUID | None = None,
) -> LegalHold:
    """When this has committed nothing that the hold covers can go.

    Raises Invalid, and NotFound for a tenant or an environment that is not the tenant's.
    """
    entered = door.require(SCOPE)
    fields: dict[str, list[str]] = {}
    if problem := unknown(data_classes):
        fields["dataClasses"] = [problem]
    if not 1 <= len(matter.strip()) <= 200:
        fields["matter"] = ["Name the matter, in 1 to 200 characters."]
    if not reason.strip():
        fields["reason"] = ["Say why."]
    if fields:
        raise Invalid("The hold cannot be placed so.", fields=fields)
    check_tenant(tenant_id)
    check_environment(tenant_id, environment_id)
    with door.atomic():
        lock_retention(tenant_id)
        last = LegalHold.objects.filter(tenant_id=tenant_id).aggregate(last=Max("number"))["last"]
        hold = LegalHold.objects.create(
            tenant_id=tenant_id,
            number=(last or 0) + 1,
            data_classes=sorted(set(data_classes)),
            environment_id=environment_id,
            matter=matter.strip(),
            reason=reason.strip(),
            placed_by_id=entered.actor.id,
            placed_by_label=entered.actor.label,
        )
        _audit(hold, "hold.placed", after=hold.as_api(), reason=hold.reason)
    return hold


def propose_lift(hold_id: UUID, *, reason: str) -> LegalHold:
    """The first officer: nothing is lifted until a second one agrees."""
    entered = person(door.require(SCOPE))
    if not reason.strip():
        raise Invalid.field("reason", "Say why.")
    with door.atomic():
        hold = _locked(hold_id)
        hold.must("propose_lift")
        hold.lift_proposed_by_id = entered.actor.id
        hold.lift_proposed_by_label = entered.actor.label
        hold.lift_reason = reason.strip()
        return _move(
            hold, "propose_lift", "hold.lift_proposed",
            "lift_proposed_by_id", "lift_proposed_by_label", "lift_reason",
        )  # fmt: skip


def keep_hold(hold_id: UUID) -> LegalHold:
    """Takes a proposal back, whoever made it."""
    person(door.require(SCOPE))
    with door.atomic():
        return _move(_locked(hold_id), "keep", "hold.kept")


def lift_hold(hold_id: UUID) -> LegalHold:
    """The second officer. All that it covers is still held for 30 days.

    Raises NotFound, Refused (no lifting is proposed), Forbidden for who proposed it.
    """
    entered = person(door.require(SCOPE))
    with door.atomic():
        hold = _locked(hold_id)
        hold.must("lift")
        if hold.lift_proposed_by_id == entered.actor.id:
            raise Forbidden("You proposed it: lifting a hold takes a second officer.")
        hold.lifted_by_id = entered.actor.id
        hold.lifted_by_label = entered.actor.label
        return _move(hold, "lift", "hold.lifted", "lifted_by_id", "lifted_by_label")


def _move(hold: LegalHold, verb: str, action: str, *columns: str) -> LegalHold:
    before = hold.status
    hold.move(verb)
    hold.save(update_fields=["status", *columns])
    _audit(
        hold, action, before={"status": before}, after={"status": hold.status},
        reason=hold.lift_reason if hold.status != HoldStatus.PLACED else "",
    )  # fmt: skip
    return hold


def _locked(hold_id: UUID) -> LegalHold:
    try:
        return LegalHold.objects.select_for_update().get(id=hold_id)
    except LegalHold.DoesNotExist as error:
        raise NotFound(f"There is no hold {hold_id}.") from error


def person(entered: Door) -> Door:
    """What takes a second person is done signed in, never at the shell and never by a token."""
    if entered.actor.kind != "person":
        raise Forbidden("A person does this, signed in.")
    return entered


def unknown(names: Sequence[str]) -> str:
    unknown = sorted(set(names) - set(CLASSES))
    if names and not unknown:
        return ""
    return f"{', '.join(unknown) or 'none given'}: choose from {', '.join(CLASSES)}."


def check_tenant(tenant_id: str | None) -> None:
    if tenant_id is None:
        return
    if tenant_id == PLATFORM or not Tenant.objects.filter(tenant_id=tenant_id).exists():
        raise NotFound(f"There is no tenant '{tenant_id}'.")


def check_environment(tenant_id: str, environment_id: UUID | None) -> None:
    """A hold on an environment that the tenant never had would hold nothing."""
    if environment_id is None:
        return
    bound = RuntimeTenantBinding.objects.filter(tenant_id=tenant_id, environment_id=environment_id)
    if not bound.exists():
        raise NotFound(f"{tenant_id} has no environment {environment_id}.")


def _audit(hold: LegalHold, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="hold",
        object_id=hold.id,
        environment_id=hold.environment_id,
        tenant_id=hold.tenant_id,
        **values,
    )
