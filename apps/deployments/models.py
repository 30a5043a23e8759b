"""RuntimeDeployment with its ordered steps and what it produced."""

from collections.abc import Iterator
from functools import reduce
from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Now
from django.utils import timezone

from apps.configurations.models import RuntimeConfiguration
from apps.core.models import EnvironmentModel
from apps.core.states import Stateful, transition
from apps.search.models import Kind
from apps.search.words import terms


class Strategy(models.TextChoices):
    ROLLING = "rolling"
    BLUE_GREEN = "blue-green"
    CANARY = "canary"
    RECREATE = "recreate"


class DeploymentStatus(models.TextChoices):
    REQUESTED = "Requested"
    PROVISIONING = "Provisioning"
    CONFIGURING = "Configuring"
    ROLLING_OUT = "RollingOut"
    HEALTH_GATING = "HealthGating"
    PROMOTING = "Promoting"
    COMPLETED = "Completed"
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"
    FAILED = "Failed"


FINAL = (DeploymentStatus.COMPLETED, DeploymentStatus.ROLLED_BACK, DeploymentStatus.FAILED)
UNFINISHED = tuple(s for s in DeploymentStatus if s not in FINAL)
# The way to Completed, state by state: one verb leads along each edge.
PATH = (
    "Requested", "Provisioning", "Configuring", "RollingOut", "HealthGating", "Promoting",
    "Completed",
)  # fmt: skip


# Rollbacks whose return is held.
HELD = Q(undoes_deployment_id__isnull=False, status="Completed", hold_released_by="")


# Logs that nobody has seen in a cooler tier.
HOT = Q(log_tier__in=["", "Hot"]) & ~Q(log_path="")


def _text(length: int) -> Any:
    return models.CharField(
        max_length=length, blank=True, default="", db_default="", editable=False
    )


def _joined(*parts: Any) -> Any:
    """The text of each, one after the other, in SQL that a check may hold."""
    texts: list[Any] = [p if isinstance(p, Value) else Cast(p, models.TextField()) for p in parts]
    return reduce(lambda one, next: CombinedExpression(one, "||", next, models.TextField()), texts)


# The one place of a step's log. Held by the database: what a row names is deleted after it.
LOG_PLACE = _joined(
    "tenant_id", Value("/"), "environment_id", Value("/"), "deployment_id", Value("/"), "id",
    Value(".log"),
)  # fmt: skip


def _id(value: Any) -> str | None:
    return None if value is None else str(value)


class Gate(models.TextChoices):
    """Who judged the health: the portal's own results, or somebody elsewhere."""

    HEALTH = "health"
    EXTERNAL = "external"


class RuntimeDeployment(Stateful, EnvironmentModel):
    """One deployment. At most one of a tenant and environment is not final."""

    TRANSITIONS = {
        "provision": transition("Provisioning", "Requested"),
        "configure": transition("Configuring", "Provisioning"),
        "roll_out": transition("RollingOut", "Configuring"),
        "gate": transition("HealthGating", "RollingOut"),
        "promote": transition("Promoting", "HealthGating"),
        "complete": transition("Completed", "Promoting"),
        "back_out": transition("RollingBack", "HealthGating"),
        "finish_back_out": transition("RolledBack", "RollingBack"),
        "fail": transition("Failed", *[str(s) for s in UNFINISHED]),
        "abandon": transition("Failed", *[str(s) for s in UNFINISHED]),
    }

    release_ref = models.CharField(max_length=200)
    strategy = models.CharField(max_length=16, choices=Strategy.choices, default=Strategy.ROLLING)
    status = models.CharField(
        max_length=16,
        choices=DeploymentStatus.choices,
        default=DeploymentStatus.REQUESTED,
        editable=False,
    )
    gate = models.CharField(max_length=8, choices=Gate.choices, default=Gate.HEALTH)
    # The key in the database is composite with tenant and environment: see the migration.
    configuration = models.ForeignKey(
        RuntimeConfiguration,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="deployments",
    )
    # Outlives its target, so it is an id and not a key.
    previous_deployment_id = models.UUIDField(null=True, editable=False)
    requested_by = models.CharField(max_length=254, editable=False)
    reason = models.TextField(blank=True)
    # Of a rollback: what it undoes, with its release, and what it returns to. They outlive both.
    undoes_deployment_id = models.UUIDField(null=True, editable=False)
    undoes_release_ref = _text(200)
    returns_to_deployment_id = models.UUIDField(null=True, editable=False)
    # Why it went on all the same.
    freeze_override = models.TextField(blank=True, default="", db_default="", editable=False)
    hold_override = models.TextField(blank=True, default="", db_default="", editable=False)
    # Bad while there is a reason; no rollback returns to it then.
    bad_reason = models.TextField(blank=True, default="", db_default="", editable=False)
    marked_bad_by = _text(254)
    marked_bad_at = models.DateTimeField(null=True, editable=False)
    hold_released_by = _text(254)
    hold_released_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    # Moved on by the database whenever its state or a step changes; past it, it may be abandoned.
    deadline_at = models.DateTimeField(null=True, editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "deployment"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="deployment_newest"),
            models.Index(
                fields=["tenant_id", "environment_id", "-id"], name="deployment_newest_here"
            ),
            models.Index(fields=["tenant_id", "status", "-id"], name="deployment_by_status"),
            models.Index(
                fields=["tenant_id", "environment_id", "status", "-id"],
                name="deployment_status_here",
            ),
            models.Index(
                fields=["tenant_id", "environment_id", "-id"],
                condition=HELD,
                name="deployment_held",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "id"], name="deployment_key"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id"],
                condition=~Q(status__in=FINAL),
                name="deployment_unfinished_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=DeploymentStatus.values)
                & Q(strategy__in=Strategy.values)
                & Q(gate__in=Gate.values),
                name="deployment_choices",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FINAL, finished_at__isnull=False)
                | (~Q(status__in=FINAL) & Q(finished_at=None)),
                name="deployment_finished_at",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FINAL, deadline_at=None)
                | (~Q(status__in=FINAL) & Q(deadline_at__isnull=False)),
                name="deployment_deadline_at",
            ),
            models.CheckConstraint(
                condition=Q(
                    undoes_deployment_id=None, returns_to_deployment_id=None, undoes_release_ref=""
                )
                | (
                    Q(undoes_deployment_id__isnull=False, returns_to_deployment_id__isnull=False)
                    & ~Q(undoes_release_ref="")
                ),
                name="deployment_rollback_whole",
            ),
            models.CheckConstraint(
                condition=Q(bad_reason="", marked_bad_by="", marked_bad_at=None)
                | (~Q(bad_reason="") & ~Q(marked_bad_by="") & Q(marked_bad_at__isnull=False)),
                name="deployment_bad_whole",
            ),
            models.CheckConstraint(
                condition=Q(hold_released_by="", hold_released_at=None)
                | (
                    ~Q(hold_released_by="")
                    & Q(hold_released_at__isnull=False, undoes_deployment_id__isnull=False)
                ),
                name="deployment_hold_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.release_ref

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def is_bad(self) -> bool:
        return bool(self.bad_reason)

    @property
    def is_rollback(self) -> bool:
        return self.undoes_deployment_id is not None

    @property
    def is_overdue(self) -> bool:
        """Whether its deadline has passed, for pages: the operation asks the database's clock."""
        return self.deadline_at is not None and self.deadline_at < timezone.now()

    @property
    def is_held(self) -> bool:
        """Whether what it returned to stays: nobody but a person puts back what it undid."""
        return (
            self.is_rollback
            and self.status == DeploymentStatus.COMPLETED
            and not self.hold_released_by
        )

    search_kind = Kind.DEPLOYMENT

    def search_terms(self) -> Iterator[str]:
        yield from terms(self.release_ref)
        yield from terms(self.requested_by)

    def as_api(self) -> dict[str, Any]:
        return {
            "deploymentId": str(self.id),
            "environmentId": str(self.environment_id),
            "releaseRef": self.release_ref,
            "strategy": self.strategy,
            "status": self.status,
            "gate": self.gate,
            "configurationId": str(self.configuration_id),
            "undoesDeploymentId": _id(self.undoes_deployment_id),
            "returnsToDeploymentId": _id(self.returns_to_deployment_id),
        }


class StepStatus(models.TextChoices):
    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"


class DeploymentStep(Stateful, EnvironmentModel):
    """One step, in its place. Its log is written once, beside the database."""

    TRANSITIONS = {
        "start": transition("Running", "Pending"),
        "succeed": transition("Succeeded", "Running"),
        "fail": transition("Failed", "Running"),
        "skip": transition("Skipped", "Pending"),
    }

    deployment = models.ForeignKey(
        RuntimeDeployment,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="steps",
    )
    position = models.IntegerField(editable=False)
    name = models.CharField(max_length=80)
    status = models.CharField(
        max_length=16, choices=StepStatus.choices, default=StepStatus.PENDING, editable=False
    )
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    log_path = models.CharField(max_length=255, blank=True, editable=False)
    log_bytes = models.BigIntegerField(null=True, editable=False)
    log_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    # What the steward saw of the blob when it last looked, and what kept it from the cool tier.
    log_tier = _text(16)
    log_observed_bytes = models.BigIntegerField(null=True, editable=False)
    log_observed_at = models.DateTimeField(null=True, editable=False)
    log_problem = _text(200)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "step"
        ordering = ["deployment_id", "position"]
        indexes = [
            # Logs that are not in the cool tier yet: what the upkeep looks through.
            models.Index(fields=["tenant_id", "id"], condition=HOT, name="step_log_hot"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "deployment", "position"],
                name="step_position",
            ),
            models.CheckConstraint(condition=Q(status__in=StepStatus.values), name="step_status"),
            models.CheckConstraint(
                condition=Q(log_path="", log_bytes=None, log_sha256="")
                | (
                    ~Q(log_path="")
                    & Q(log_bytes__isnull=False, log_bytes__gte=0)
                    & ~Q(log_sha256="")
                ),
                name="step_log_whole",
            ),
            models.CheckConstraint(
                condition=Q(log_path="") | Q(log_path=LOG_PLACE), name="step_log_in_its_place"
            ),
            models.CheckConstraint(
                condition=Q(log_tier="", log_observed_bytes=None, log_observed_at=None)
                & Q(log_problem="")
                | (~Q(log_path="") & Q(log_observed_at__isnull=False)),
                name="step_log_observed",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["Succeeded", "Failed", "Skipped"], finished_at__isnull=False
                )
                | Q(status__in=["Pending", "Running"], finished_at=None),
                name="step_finished_at",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeploymentProduct(EnvironmentModel):
    """What a deployment did to one service: stays whole when the service's row has gone.

    `_before` is empty (NULL replicas) for a service that was new, `_after` for one that went.
    """

    class Change(models.TextChoices):
        CREATED = "created"
        UPDATED = "updated"
        UNCHANGED = "unchanged"
        RETIRED = "retired"

    deployment = models.ForeignKey(
        RuntimeDeployment,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="products",
    )
    service_id = models.UUIDField(editable=False)
    module_id = models.CharField(max_length=120, db_collation="C")
    change = models.CharField(max_length=16, choices=Change.choices)
    image_before = models.CharField(max_length=400, blank=True)
    image_after = models.CharField(max_length=400, blank=True)
    version_before = models.CharField(max_length=160, blank=True)
    version_after = models.CharField(max_length=160, blank=True)
    replicas_before = models.IntegerField(null=True)
    replicas_after = models.IntegerField(null=True)

    class Meta(EnvironmentModel.Meta):
        ordering = ["module_id"]
        indexes = [
            models.Index(
                fields=["tenant_id", "environment_id", "service_id", "-id"], name="product_service"
            ),
            # What stood there after some deployment: the last product of each module up to it.
            models.Index(
                fields=["tenant_id", "environment_id", "module_id", "-deployment"],
                name="product_module",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "deployment", "service_id"],
                name="product_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module_id} {self.version_after}"
