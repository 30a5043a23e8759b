"""RuntimeConfiguration: numbered versions of what an environment's services are told."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.core.models import EnvironmentModel
from apps.core.states import Stateful, transition
from apps.search.models import Kind
from apps.search.words import terms


class ConfigurationStatus(models.TextChoices):
    DRAFT = "Draft"
    PUBLISHED = "Published"
    SUPERSEDED = "Superseded"
    DISCARDED = "Discarded"


class RuntimeConfiguration(Stateful, EnvironmentModel):
    """A version. One that has been Published never changes: the trigger holds it."""

    TRANSITIONS = {
        "publish": transition("Published", "Draft"),
        "supersede": transition("Superseded", "Published"),
        "discard": transition("Discarded", "Draft"),
    }

    version = models.IntegerField(editable=False)
    status = models.CharField(
        max_length=16,
        choices=ConfigurationStatus.choices,
        default=ConfigurationStatus.DRAFT,
        editable=False,
    )
    payload = models.JSONField()
    checksum = models.CharField(max_length=64, editable=False)
    created_by = models.CharField(max_length=254, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.CharField(max_length=254, default="", db_default="", editable=False)
    superseded_at = models.DateTimeField(null=True, editable=False)
    discarded_at = models.DateTimeField(null=True, editable=False)

    class Meta(EnvironmentModel.Meta):
        verbose_name = "configuration"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="configuration_newest"),
            models.Index(fields=["tenant_id", "status", "-id"], name="configuration_by_status"),
            models.Index(
                fields=["tenant_id", "environment_id", "status", "-id"],
                name="configuration_status_here",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "id"], name="configuration_key"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id", "version"], name="configuration_version"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id"],
                condition=Q(status="Published"),
                name="configuration_published_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ConfigurationStatus.values), name="configuration_status"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="configuration_counts"),
            models.CheckConstraint(
                condition=Q(status__in=["Published", "Superseded"], published_at__isnull=False)
                | Q(status__in=["Draft", "Discarded"], published_at=None),
                name="configuration_published_at",
            ),
            models.CheckConstraint(
                condition=Q(status="Superseded", superseded_at__isnull=False)
                | (~Q(status="Superseded") & Q(superseded_at=None)),
                name="configuration_superseded_at",
            ),
            models.CheckConstraint(
                condition=Q(status="Discarded", discarded_at__isnull=False)
                | (~Q(status="Discarded") & Q(discarded_at=None)),
                name="configuration_discarded_at",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"

    search_kind = Kind.CONFIGURATION

    def search_terms(self) -> Iterator[str]:
        """The number, as it is written, and the top-level keys; never a value."""
        yield from (str(self.version), f"v{self.version}", f"version {self.version}")
        for key in sorted(self.payload):
            yield from terms(key)

    def as_api(self) -> dict[str, Any]:
        return {
            "configurationId": str(self.id),
            "environmentId": str(self.environment_id),
            "version": self.version,
            "status": self.status,
            "checksum": self.checksum,
        }


class VersionCounter(EnvironmentModel):
    """The last version given in one tenant's environment; its row lock is what writers queue at."""

    last_version = models.IntegerField(default=0)

    class Meta(EnvironmentModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "environment_id"], name="version_counter_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.last_version)
