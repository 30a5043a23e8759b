"""Freeze: a rule that refuses the start of deployments for a time. Ended, never deleted."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.core.access import PLATFORM, Role
from apps.core.ids import uuid7
from apps.core.states import Stateful, transition
from apps.tenants.models import Tenant


class Scope(models.TextChoices):
    """What a freeze holds for. `all` is the platform's alone, the others are of one tenant."""

    ALL = "all", "Every tenant"
    TENANT = "tenant", "The whole tenant"
    PROJECT = "project", "One project"
    ENVIRONMENT = "environment", "One environment"


class FreezeStatus(models.TextChoices):
    STANDING = "Standing"
    ENDED = "Ended"


class Weekday(models.IntegerChoices):
    """As ISO 8601 counts them."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


# Who may override, and which roles have that right; nobody where it is empty.
OVERRIDERS: dict[str, tuple[Role, ...]] = {
    "": (),
    Role.TENANT_OPERATOR.value: (Role.TENANT_OPERATOR, Role.TENANT_ADMIN),
    Role.TENANT_ADMIN.value: (Role.TENANT_ADMIN,),
    Role.PLATFORM_ADMIN.value: (Role.PLATFORM_ADMIN,),
}
# A comparison with NULL is neither, and would pass a check: hence each `isnull`.
_ONCE = Q(
    starts_at__isnull=False,
    ends_at__isnull=False,
    ends_at__gt=F("starts_at"),
    weekdays=None,
    from_time=None,
    until_time=None,
    time_zone="",
)
_WEEKLY = ~Q(time_zone="") & Q(
    starts_at=None,
    ends_at=None,
    weekdays__isnull=False,
    weekdays__len__gte=1,
    weekdays__contained_by=Weekday.values,
    from_time__isnull=False,
    until_time__isnull=False,
)


class Freeze(Stateful, models.Model):
    """Either from-until, or weekly: on `weekdays` from `from_time` until `until_time` of the clock
    in `time_zone`, until the day after where `until_time` is not later.

    A rule of `platform` holds for all tenants. A rule that is over stays Standing; Ended says
    that somebody ended it.
    """

    TRANSITIONS = {"end": transition("Ended", "Standing")}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="freezes", db_index=False)
    scope = models.CharField(max_length=16, choices=Scope.choices)
    project_id = models.CharField(max_length=80, blank=True)
    environment_id = models.UUIDField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    weekdays = ArrayField(models.IntegerField(choices=Weekday.choices), null=True, blank=True)
    from_time = models.TimeField(null=True, blank=True)
    until_time = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    override_role = models.CharField(
        max_length=32, blank=True, choices=[(role, role or "nobody") for role in OVERRIDERS]
    )
    status = models.CharField(
        max_length=16,
        choices=FreezeStatus.choices,
        default=FreezeStatus.STANDING,
        editable=False,
    )
    created_by = models.CharField(max_length=254, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "freeze"
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "-id"], name="freeze_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(tenant=PLATFORM, scope=Scope.ALL, project_id="", environment_id=None)
                | (
                    ~Q(tenant=PLATFORM)
                    & (
                        Q(scope=Scope.TENANT, project_id="", environment_id=None)
                        | (Q(scope=Scope.PROJECT, environment_id=None) & ~Q(project_id=""))
                        | Q(scope=Scope.ENVIRONMENT, project_id="", environment_id__isnull=False)
                    )
                ),
                name="freeze_scope",
            ),
            models.CheckConstraint(condition=_ONCE | _WEEKLY, name="freeze_window"),
            models.CheckConstraint(
                condition=Q(status__in=FreezeStatus.values)
                & Q(override_role__in=list(OVERRIDERS))
                & ~Q(reason=""),
                name="freeze_choices",
            ),
            models.CheckConstraint(
                condition=Q(status="Ended", ended_at__isnull=False)
                | (~Q(status="Ended") & Q(ended_at=None)),
                name="freeze_ended_at",
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def is_over(self) -> bool:
        """Whether it will never hold again by itself, for pages."""
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def window(self) -> str:
        """When it holds, in words."""
        if self.starts_at and self.ends_at:
            return f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M} UTC"
        days = ", ".join(Weekday(day).label[:3] for day in sorted(self.weekdays or ()))
        return f"{days} {self.from_time:%H:%M}-{self.until_time:%H:%M} {self.time_zone}"

    def as_api(self) -> dict[str, Any]:
        """Every name of the API; what does not apply is null or empty."""
        return {
            "freezeId": str(self.id),
            "tenantId": self.tenant_id,
            "scope": str(self.scope),
            "projectId": self.project_id,
            "environmentId": str(self.environment_id) if self.environment_id else None,
            "startsAt": self.starts_at.isoformat() if self.starts_at else None,
            "endsAt": self.ends_at.isoformat() if self.ends_at else None,
            "weekdays": self.weekdays,
            "fromTime": str(self.from_time) if self.from_time else None,
            "untilTime": str(self.until_time) if self.until_time else None,
            "timeZone": self.time_zone,
            "reason": self.reason,
            "overrideRole": self.override_role,
            "status": str(self.status),
        }
