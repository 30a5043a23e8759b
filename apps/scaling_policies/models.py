"""ScalingPolicy: exactly one for every live service, made with it."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.models import EnvironmentModel
from apps.services.models import RuntimeService


class Metric(models.TextChoices):
    CPU = "cpu"
    MEMORY = "memory"
    REQUESTS = "requests"
    QUEUE_LENGTH = "queue-length"


class ScalingPolicy(EnvironmentModel):
    """Bounds of one service: 0 <= min <= max, 1 <= target <= 100 percent."""

    service = models.ForeignKey(
        RuntimeService,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="scaling_policies",
    )
    metric = models.CharField(max_length=16, choices=Metric.choices, default=Metric.CPU)
    min_replicas = models.IntegerField()
    max_replicas = models.IntegerField()
    target_utilization_percent = models.IntegerField(default=80)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "scaling policy"
        verbose_name_plural = "scaling policies"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="policy_newest"),
            models.Index(fields=["tenant_id", "environment_id", "-id"], name="policy_newest_here"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "service"], name="scaling_policy_once"
            ),
            models.CheckConstraint(
                condition=Q(metric__in=Metric.values), name="scaling_policy_metric"
            ),
            models.CheckConstraint(
                condition=Q(min_replicas__gte=0) & Q(max_replicas__gte=F("min_replicas")),
                name="scaling_policy_bounds",
            ),
            models.CheckConstraint(
                condition=Q(target_utilization_percent__gte=1)
                & Q(target_utilization_percent__lte=100),
                name="scaling_policy_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.min_replicas}-{self.max_replicas}"

    def as_api(self) -> dict[str, Any]:
        return {
            "scalingPolicyId": str(self.id),
            "environmentId": str(self.environment_id),
            "serviceId": str(self.service_id),
            "metric": self.metric,
            "minReplicas": self.min_replicas,
            "maxReplicas": self.max_replicas,
            "targetUtilizationPercent": self.target_utilization_percent,
        }
