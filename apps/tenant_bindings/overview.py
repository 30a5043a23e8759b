"""What an environment's page reads across aggregates."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Sum

from apps.configurations.models import RuntimeConfiguration
from apps.deployments.models import RuntimeDeployment
from apps.services.models import RuntimeService, live_state


@dataclass
class EnvironmentFacts:
    """One environment as the tenant has it: services by live state, replicas, what is published."""

    by_status: dict[str, int] = field(default_factory=dict)
    replicas: int = 0
    published: RuntimeConfiguration | None = None
    last_deployment: RuntimeDeployment | None = None

    @property
    def services(self) -> int:
        return sum(self.by_status.values())


def environment_facts(environment_id: UUID) -> EnvironmentFacts:
    """Of the environment entered, in two queries; without its last deployment."""
    facts = EnvironmentFacts()
    rows = RuntimeService.objects.filter(environment_id=environment_id).exclude(status="Retired")
    counted = rows.annotate(live=live_state()).values("live")
    for row in counted.annotate(n=Count("id"), r=Sum("replicas")).order_by("live"):
        facts.by_status[row["live"]] = row["n"]
        facts.replicas += row["r"]
    facts.published = (
        RuntimeConfiguration.objects.defer("payload")
        .filter(environment_id=environment_id, status="Published")
        .first()
    )
    return facts


def newest_deployments(environment_id: UUID, limit: int) -> list[RuntimeDeployment]:
    return list(
        RuntimeDeployment.objects.select_related("configuration")
        .filter(environment_id=environment_id)
        .order_by("-id")[:limit]
    )
