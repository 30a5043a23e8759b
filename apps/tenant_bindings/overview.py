"""What a tenant's overview and an environment's page read across aggregates."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Sum

from apps.configurations.models import RuntimeConfiguration
from apps.core.door import Door
from apps.deployments.models import RuntimeDeployment
from apps.services.models import RuntimeService, live_state
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.queries import live_bindings


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


def tenant_overview(entered: Door) -> list[tuple[RuntimeTenantBinding, EnvironmentFacts]]:
    """Every environment of the tenant with its facts: three queries a partition."""
    bindings = live_bindings()
    facts = {binding.environment_id: EnvironmentFacts() for binding in bindings}
    for _ in each_partition(entered):
        counted = (
            RuntimeService.objects.exclude(status="Retired")
            .annotate(live=live_state())
            .values("environment_id", "live")
            .annotate(n=Count("id"), r=Sum("replicas"))
        )
        for row in counted.order_by("live"):
            found = facts[row["environment_id"]]
            found.by_status[row["live"]] = row["n"]
            found.replicas += row["r"]
        for published in RuntimeConfiguration.objects.defer("payload").filter(status="Published"):
            facts[published.environment_id].published = published
        newest = RuntimeDeployment.objects.order_by("environment_id", "-id").distinct(
            "environment_id"
        )
        for deployment in newest:
            facts[deployment.environment_id].last_deployment = deployment
    return [(binding, facts[binding.environment_id]) for binding in bindings]


def recent_deployments(entered: Door, limit: int = 8) -> list[RuntimeDeployment]:
    """The newest of the tenant, merged from its partitions."""
    found: list[RuntimeDeployment] = []
    for _ in each_partition(entered):
        found += RuntimeDeployment.objects.select_related("configuration").order_by("-id")[:limit]
    return sorted(found, key=lambda d: d.id, reverse=True)[:limit]
