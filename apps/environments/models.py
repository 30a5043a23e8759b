"""RuntimeEnvironment: the unit of isolation. Owning one gives no right to rows."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.core.ids import uuid7
from apps.core.states import Stateful, transition
from apps.tenants.models import Tenant


class Stage(models.TextChoices):
    DEV = "dev"
    TEST = "test"
    STAGING = "staging"
    PROD = "prod"


class IsolationModel(models.TextChoices):
    SILO = "silo"
    POOL = "pool"
    SHARED = "shared"


class EnvironmentStatus(models.TextChoices):
    REQUESTED = "Requested"
    PROVISIONING = "Provisioning"
    PROVISIONED = "Provisioned"
    FAILED = "Failed"
    DECOMMISSIONING = "Decommissioning"
    DECOMMISSIONED = "Decommissioned"


class RuntimeEnvironment(Stateful, models.Model):
    """An environment and its owner (`tenant`); usually `platform` where several tenants use it."""

    TRANSITIONS = {
        "provision": transition("Provisioning", "Requested", "Failed"),
        "complete": transition("Provisioned", "Provisioning"),
        "fail": transition("Failed", "Provisioning"),
        "decommission": transition("Decommissioning", "Provisioned"),
        "abandon": transition("Decommissioned", "Requested", "Failed"),
        "finish_decommissioning": transition("Decommissioned", "Decommissioning"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="environments")
    project_id = models.CharField(max_length=80)
    name = models.CharField(max_length=80)
    stage = models.CharField(max_length=16, choices=Stage.choices)
    region = models.CharField(max_length=40)
    status = models.CharField(
        max_length=16, choices=EnvironmentStatus.choices, default=EnvironmentStatus.REQUESTED
    )
    pulumi_stack_ref = models.CharField(max_length=200, blank=True)
    isolation_model = models.CharField(max_length=8, choices=IsolationModel.choices)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    provisioned_at = models.DateTimeField(null=True, editable=False)
    decommissioned_at = models.DateTimeField(null=True, editable=False)
    # When the steward saw that no binding, and so no row, is left below it.
    emptied_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "environment"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "project_id", "name"],
                condition=~Q(status="Decommissioned"),
                name="environment_name",
            ),
            # What a binding's foreign key refers to, so that its isolation model is this one's.
            models.UniqueConstraint(fields=["id", "isolation_model"], name="environment_isolation"),
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values)
                & Q(isolation_model__in=IsolationModel.values)
                & Q(status__in=EnvironmentStatus.values),
                name="environment_choices",
            ),
            models.CheckConstraint(
                condition=Q(status="Decommissioned", decommissioned_at__isnull=False)
                | (~Q(status="Decommissioned") & Q(decommissioned_at=None)),
                name="environment_decommissioned_at",
            ),
            models.CheckConstraint(
                condition=Q(emptied_at=None) | Q(status="Decommissioned"),
                name="environment_emptied_at",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["Provisioned", "Decommissioning"])
                | Q(provisioned_at__isnull=False),
                name="environment_provisioned_at",
            ),
        ]

    def __str__(self) -> str:
        return self.name
