"""RuntimeService: the unit of live inventory."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from apps.core.models import EnvironmentModel
from apps.core.states import Stateful, transition
from apps.deployments.models import RuntimeDeployment
from apps.search.models import Kind
from apps.search.words import image_terms, terms, whole

# Not observed for this long, a service is shown as stale, never as healthy.
STALE_AFTER = timedelta(minutes=15)


class ComponentType(models.TextChoices):
    GATEWAY = "gateway"
    MICROSERVICE = "microservice"
    WORKER = "worker"
    ADMIN_PORTAL = "admin-portal"
    CUSTOMER_PORTAL = "customer-portal"
    MOBILE_BACKEND = "mobile-backend"
    DATABASE = "database"
    QUEUE = "queue"
    OTHER = "other"


class ComputeTarget(models.TextChoices):
    AKS = "aks"
    CONTAINER_APPS = "container-apps"
    FUNCTIONS = "functions"
    APP_SERVICE = "app-service"
    KUBERNETES = "kubernetes"


class ServiceStatus(models.TextChoices):
    PENDING = "Pending"
    RUNNING = "Running"
    DEGRADED = "Degraded"
    STOPPED = "Stopped"
    RETIRED = "Retired"


def live_state() -> Case:
    """`RuntimeService.live_state` in SQL, for what counts: `Stale` where it was not seen lately."""
    unseen = Q(last_observed_at=None) | Q(last_observed_at__lt=Now() - STALE_AFTER)
    runs = ~Q(status__in=[ServiceStatus.RETIRED, ServiceStatus.STOPPED])
    return Case(When(unseen & runs, then=Value("Stale")), default=F("status"))


class RuntimeService(Stateful, EnvironmentModel):
    """A service of one tenant in one environment; moduleId is unique among the live ones."""

    TRANSITIONS = {
        "start": transition("Pending", "Stopped"),
        "run": transition("Running", "Pending", "Degraded", "Stopped"),
        "degrade": transition("Degraded", "Running", "Stopped"),
        "stop": transition("Stopped", "Pending", "Running", "Degraded"),
        "retire": transition("Retired", "Pending", "Running", "Degraded", "Stopped"),
    }

    module_id = models.CharField(max_length=120, db_collation="C", editable=False)
    component_type = models.CharField(max_length=16, choices=ComponentType.choices)
    image = models.CharField(max_length=400)
    version = models.CharField(max_length=160, db_collation="C")
    compute_target = models.CharField(max_length=16, choices=ComputeTarget.choices)
    replicas = models.IntegerField()
    endpoint_url = models.CharField(max_length=400, blank=True)
    status = models.CharField(
        max_length=16, choices=ServiceStatus.choices, default=ServiceStatus.PENDING, editable=False
    )
    # The deployment that last produced or updated it; never empty.
    deployment = models.ForeignKey(
        RuntimeDeployment,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="services",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_observed_at = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "service"
        ordering = ["module_id", "id"]
        indexes = [
            # The list of a tenant: live services by name; then of one environment, one state,
            # one type. Keyset paging walks them, `^@` searches the first.
            models.Index(
                fields=["tenant_id", "module_id", "id"],
                condition=~Q(status="Retired"),
                name="service_live",
            ),
            models.Index(
                fields=["tenant_id", "environment_id", "module_id", "id"], name="service_here"
            ),
            models.Index(
                fields=["tenant_id", "status", "module_id", "id"], name="service_by_status"
            ),
            models.Index(
                fields=["tenant_id", "component_type", "module_id", "id"],
                condition=~Q(status="Retired"),
                name="service_by_type",
            ),
            models.Index(
                fields=["tenant_id", "environment_id", "deployment"], name="service_of_deployment"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "id"], name="service_key"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "module_id"],
                condition=~Q(status="Retired"),
                name="service_module_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ServiceStatus.values)
                & Q(component_type__in=ComponentType.values)
                & Q(compute_target__in=ComputeTarget.values),
                name="service_choices",
            ),
            models.CheckConstraint(condition=Q(replicas__gte=0), name="service_replicas"),
            models.CheckConstraint(
                condition=Q(status="Retired", retired_at__isnull=False)
                | (~Q(status="Retired") & Q(retired_at=None)),
                name="service_retired_at",
            ),
        ]

    def __str__(self) -> str:
        return self.module_id

    @property
    def is_stale(self) -> bool:
        """Whether what we say of it was not seen lately; a retired one is not looked at."""
        if self.status in (ServiceStatus.RETIRED, ServiceStatus.STOPPED):
            return False
        return self.last_observed_at is None or timezone.now() - self.last_observed_at > STALE_AFTER

    @property
    def live_state(self) -> str:
        """What may be shown of it: its status while seen lately, else `Stale`."""
        return "Stale" if self.is_stale else self.status

    search_kind = Kind.SERVICE

    def search_terms(self) -> Iterator[str]:
        """What its own name does not say: `module_id ^@` has an index, so that its beginning is
        no term (see found_by), nor is an image's word that only repeats a word of the name.
        """
        names = set(terms(self.module_id))
        yield from names - {self.module_id}
        yield from terms(self.component_type)
        yield from whole(self.version)
        yield from whole(self.image)
        for word in image_terms(self.image):
            if not word.startswith(tuple(names)):
                yield word

    def as_api(self) -> dict[str, Any]:
        return {
            "serviceId": str(self.id),
            "environmentId": str(self.environment_id),
            "moduleId": self.module_id,
            "componentType": self.component_type,
            "image": self.image,
            "version": self.version,
            "computeTarget": self.compute_target,
            "replicas": self.replicas,
            "endpointUrl": self.endpoint_url,
            "status": self.status,
            "deploymentId": str(self.deployment_id),
        }
