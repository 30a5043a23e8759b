"""Every write to a freeze, and the one decision that every start of a deployment asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.db import connections

from apps.core import audit, door
from apps.core.access import PLATFORM, Role
from apps.core.door import Door
from apps.core.errors import Invalid, NotFound, Refused
from apps.freezes.models import OVERRIDERS, Freeze, Scope, Weekday
from apps.freezes.queries import in_force
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding

WRITE = "runtime.freezes.write"


@dataclass(frozen=True)
class Window:
    """When a freeze holds: from-until, or weekly."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekdays: Sequence[int] | None = None
    from_time: time | None = None
    until_time: time | None = None
    time_zone: str = ""

    def problems(self) -> dict[str, list[str]]:
        """{field: what is wrong}, empty where the window can be."""
        once = (self.starts_at, self.ends_at)
        weekly = (self.weekdays, self.from_time, self.until_time, self.time_zone or None)
        if any(v is not None for v in once) and any(v is not None for v in weekly):
            return {"startsAt": ["give from and until, or weekdays and times, not both"]}
        return self._weekly() if any(v is not None for v in weekly) else self._once()

    def _once(self) -> dict[str, list[str]]:
        if self.starts_at is None or self.ends_at is None:
            missing = "startsAt" if self.starts_at is None else "endsAt"
            return {missing: ["is missing: say from when until when, or which weekdays"]}
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            return {"startsAt": ["must name its time zone"]}
        return {"endsAt": ["must be after startsAt"]} if self.ends_at <= self.starts_at else {}

    def _weekly(self) -> dict[str, list[str]]:
        found = {}
        if not self.weekdays or not set(self.weekdays) <= set(Weekday.values):
            found["weekdays"] = ["must be some of 1 (Monday) to 7 (Sunday)"]
        for name, value in (("fromTime", self.from_time), ("untilTime", self.until_time)):
            if value is None or value.tzinfo is not None:
                found[name] = ["must be a local time, such as 18:00"]
        if self.time_zone not in available_timezones():
            found["timeZone"] = ["must be a name of the IANA database, such as Europe/Berlin"]
        return found


def create_freeze(
    *,
    scope: str,
    window: Window,
    reason: str,
    override_role: str = "",
    project_id: str = "",
    environment_id: UUID | None = None,
) -> Freeze:
    """A rule of the tenant entered; on the platform's pages one for all tenants.

    Holds at once where its window does. Raises Invalid.
    """
    entered = door.require(WRITE)
    problems = window.problems()
    if not reason.strip() or len(reason) > 2000:
        problems["reason"] = ["must be 1 to 2000 characters"]
    if override_role not in OVERRIDERS:
        problems["overrideRole"] = [f"must be one of {', '.join(filter(None, OVERRIDERS))}"]
    problems |= _scope_problems(entered, scope, project_id, environment_id)
    if problems:
        raise Invalid("The freeze cannot be so.", fields=problems)
    weekdays = sorted(set(window.weekdays)) if window.weekdays else None
    with door.atomic():
        freeze = Freeze(
            tenant_id=_whose(entered),
            scope=scope,
            project_id=project_id,
            environment_id=environment_id,
            reason=reason.strip(),
            override_role=override_role,
            created_by=entered.actor.label,
            **{**vars(window), "weekdays": weekdays},
        )
        freeze.save(force_insert=True)
        _audit(freeze, "freeze.created", after=freeze.as_api(), reason=freeze.reason)
    return freeze


def end_freeze(freeze_id: UUID, *, reason: str) -> Freeze:
    """Standing → Ended, at once. NotFound for another's, the platform's included."""
    entered = door.require(WRITE)
    if not reason.strip():
        raise Invalid.field("reason", "Say why it ends.")
    with door.atomic():
        try:
            freeze = Freeze.objects.select_for_update().get(id=freeze_id, tenant_id=_whose(entered))
        except Freeze.DoesNotExist as error:
            raise NotFound(f"There is no freeze {freeze_id} here.") from error
        freeze.move("end")
        freeze.save(update_fields=["status"])
        freeze.refresh_from_db(fields=["ended_at"])
        _audit(
            freeze,
            "freeze.ended",
            before={"status": "Standing"},
            after={"status": "Ended"},
            reason=reason,
        )
    return freeze


def decide(*, override: str = "") -> list[Any]:
    """May a deployment start now in the environment entered? The rules overridden, mostly none.

    `override` is the reason for going on all the same. Refused names each rule that holds, until
    when, and who may override it.
    """
    entered = door.entered()
    rules = in_force(door.environment())
    unmoved = [rule for rule in rules if not override.strip() or not may_override(entered, rule)]
    if unmoved:
        said = "; ".join(refusal(rule) for rule in unmoved)
        raise Refused(f"Frozen: {said}.", fields={"overrideFreeze": [f"Frozen: {said}."]})
    return rules


def may_override(entered: Door, freeze: Freeze) -> bool:
    """Whether who entered has the right that the rule names. No worker and no token ever has.

    The operator at the shell stands where a platform admin does.
    """
    having = OVERRIDERS[freeze.override_role]
    if entered.actor.kind == "operator":
        return Role.PLATFORM_ADMIN in having
    if entered.actor.kind != "person":
        return False
    held = set(entered.rights.roles)
    if Role.PLATFORM_ADMIN in having:
        held |= _platform_roles()
    return bool(held & set(having))


def refusal(freeze: Any) -> str:
    """The rule in words: whose, why, until when, who may override."""
    whose = "the platform's rule" if freeze.tenant_id == PLATFORM else "the rule"
    who = freeze.override_role or "nobody"
    return f"{whose} “{freeze.reason}” until {freeze.until:%Y-%m-%d %H:%M} UTC, {who} may override"


def _platform_roles() -> set[str]:
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT app.platform_roles()")
        return set(cursor.fetchone()[0])


def _whose(entered: Door) -> str:
    return entered.tenant_id or PLATFORM


def _scope_problems(
    entered: Door, scope: str, project_id: str, environment_id: UUID | None
) -> dict[str, list[str]]:
    if entered.tenant_id is None:
        only = scope == Scope.ALL and not project_id and environment_id is None
        return {} if only else {"scope": ["the platform's freezes hold for all tenants"]}
    if scope not in (Scope.TENANT, Scope.PROJECT, Scope.ENVIRONMENT):
        return {"scope": ["must be tenant, project or environment"]}
    found = {}
    here = RuntimeTenantBinding.objects.filter(tenant_id=entered.tenant_id, status__in=LIVE)
    if scope == Scope.PROJECT:
        if not here.filter(environment_project=project_id).exists():
            found["projectId"] = ["must be a project of one of the tenant's environments"]
    elif project_id:
        found["projectId"] = ["belongs to the scope 'project'"]
    if scope == Scope.ENVIRONMENT:
        if environment_id is None or not here.filter(environment_id=environment_id).exists():
            found["environmentId"] = ["must be one of the tenant's environments"]
    elif environment_id is not None:
        found["environmentId"] = ["belongs to the scope 'environment'"]
    return found


def _audit(freeze: Freeze, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="freeze",
        object_id=freeze.id,
        environment_id=freeze.environment_id,
        tenant_id=freeze.tenant_id,
        **values,
    )
