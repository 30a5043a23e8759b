"""KeptAnswer: what a request with an Idempotency-Key was answered, for whoever sends it again."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.core.ids import uuid7
from apps.tenants.models import Tenant

KEPT = timedelta(hours=24)


class KeptAnswer(models.Model):
    """One answer of one client, made in the transaction of what it tells of.

    Without `status` while the request is under way, which nobody else ever sees: its transaction
    has not ended. `request_id` is the request that answered; the clock follows it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    client_id = models.UUIDField(editable=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64)
    status = models.IntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "kept answer"
        indexes = [models.Index(fields=["made_at"], name="kept_answer_age")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "client_id", "key"], name="kept_answer_once"),
            models.CheckConstraint(
                condition=Q(status=None) | Q(status__gte=200, status__lt=300),
                name="kept_answer_of_a_success",
            ),
            models.CheckConstraint(
                condition=~Q(key="") & ~Q(fingerprint="") & ~Q(request_id=""),
                name="kept_answer_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"
