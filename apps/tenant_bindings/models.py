"""RuntimeTenantBinding: the authority that the database asks in every statement.

Placement derives from it and from nothing else: the partition columns are generated.
"""

from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Concat, Now

from apps.core.ids import uuid7
from apps.core.states import Stateful, transition
from apps.environments.models import EnvironmentStatus, IsolationModel, RuntimeEnvironment, Stage
from apps.tenants.models import Tenant


class BindingStatus(models.TextChoices):
    PENDING = "Pending"
    ACTIVE = "Active"
    SUSPENDED = "Suspended"
    RELEASED = "Released"


LIVE = (BindingStatus.ACTIVE, BindingStatus.SUSPENDED)
QUOTA = {
    "computeReplicas": "quota_compute_replicas",
    "storageGiB": "quota_storage_gib",
    "throughputRps": "quota_throughput_rps",
}

_environment = Cast(F("environment_id"), models.CharField(max_length=36))


class RuntimeTenantBinding(Stateful, models.Model):
    """Binds a tenant to an environment with an isolation model and a quota.

    A quota that is absent (NULL) is unlimited; zero is none. The copies of the environment are
    what a bound tenant may know of it; the environment's operations keep them.
    """

    TRANSITIONS = {
        "activate": transition("Active", "Pending"),
        "suspend": transition("Suspended", "Active"),
        "resume": transition("Active", "Suspended"),
        "release": transition("Released", "Pending", "Active", "Suspended"),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="bindings")
    # The key that the database holds is composite with isolation_model: see the migration.
    environment = models.ForeignKey(
        RuntimeEnvironment, models.DO_NOTHING, db_constraint=False, related_name="bindings"
    )
    isolation_model = models.CharField(max_length=8, choices=IsolationModel.choices)
    status = models.CharField(
        max_length=16, choices=BindingStatus.choices, default=BindingStatus.PENDING
    )
    quota_compute_replicas = models.IntegerField("compute replicas", null=True, blank=True)
    quota_storage_gib = models.IntegerField("storage in GiB", null=True, blank=True)
    quota_throughput_rps = models.IntegerField("requests per second", null=True, blank=True)
    environment_name = models.CharField(max_length=80, editable=False)
    environment_project = models.CharField(max_length=80, editable=False)
    environment_status = models.CharField(
        max_length=16, choices=EnvironmentStatus.choices, editable=False
    )
    stage = models.CharField(max_length=16, choices=Stage.choices, editable=False)
    region = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    activated_at = models.DateTimeField(null=True, editable=False)
    released_at = models.DateTimeField(null=True, editable=False)

    data_partition = models.GeneratedField(
        expression=Case(
            When(isolation_model="silo", then=Concat(Value("silo_"), F("tenant_id"))),
            When(isolation_model="pool", then=Concat(Value("pool_"), F("tenant_id"))),
            default=Value("shared"),
        ),
        output_field=models.CharField(max_length=48),
        db_persist=True,
    )
    network_partition = models.GeneratedField(
        expression=Case(
            When(isolation_model="silo", then=Concat(Value("net-"), _environment)),
            When(
                isolation_model="pool",
                then=Concat(Value("net-"), _environment, Value("-"), F("tenant_id")),
            ),
            default=Concat(Value("net-"), _environment, Value("-shared")),
        ),
        output_field=models.CharField(max_length=90),
        db_persist=True,
    )
    compute_placement = models.GeneratedField(
        expression=Case(
            When(isolation_model="silo", then=Concat(Value("dedicated-"), _environment)),
            default=Concat(Value("common-"), F("region"), Value("-"), F("stage")),
        ),
        output_field=models.CharField(max_length=90),
        db_persist=True,
    )

    class Meta:
        verbose_name = "binding"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["tenant", "data_partition", "status"], name="binding_admits",
                include=["environment_id"],
            ),  # asked by every policy, in every statement
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "environment"],
                condition=~Q(status="Released"),
                name="binding_once",
            ),
            models.UniqueConstraint(
                fields=["environment"],
                condition=Q(isolation_model="silo") & ~Q(status="Released"),
                name="binding_silo_alone",
            ),
            models.CheckConstraint(
                condition=Q(isolation_model__in=IsolationModel.values)
                & Q(status__in=BindingStatus.values),
                name="binding_choices",
            ),
            models.CheckConstraint(
                condition=Q(status="Released", released_at__isnull=False)
                | (~Q(status="Released") & Q(released_at=None)),
                name="binding_released_at",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=LIVE) | Q(activated_at__isnull=False),
                name="binding_activated_at",
            ),
            models.CheckConstraint(
                condition=(Q(quota_compute_replicas=None) | Q(quota_compute_replicas__gte=0))
                & (Q(quota_storage_gib=None) | Q(quota_storage_gib__gte=0))
                & (Q(quota_throughput_rps=None) | Q(quota_throughput_rps__gte=0)),
                name="binding_quota",
            ),
            models.CheckConstraint(condition=~Q(tenant="platform"), name="binding_not_of_platform"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} in {self.environment_name}"

    @property
    def quota(self) -> dict[str, int]:
        """As the API has it: an absent limit is absent."""
        found = {name: getattr(self, column) for name, column in QUOTA.items()}
        return {name: value for name, value in found.items() if value is not None}

    def as_api(self) -> dict[str, Any]:
        """The binding as its own tenant may see it."""
        return {
            "tenantBindingId": str(self.id),
            "tenantId": self.tenant_id,
            "environmentId": str(self.environment_id),
            "isolationModel": self.isolation_model,
            "quota": self.quota,
            "networkPartition": self.network_partition,
            "dataPartition": self.data_partition,
            "computePlacement": self.compute_placement,
            "status": self.status,
        }
