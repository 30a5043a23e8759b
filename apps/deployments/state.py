"""What stood in an environment after some deployment, put together from what each produced."""

from collections.abc import Mapping
from uuid import UUID

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import verified
from apps.core import door
from apps.deployments.comparison import Facts, Snapshot
from apps.deployments.models import DeploymentProduct, RuntimeDeployment
from apps.services.models import RuntimeService


def products_up_to(deployment: RuntimeDeployment) -> dict[str, DeploymentProduct]:
    """{moduleId: its last product} of what was live after that deployment.

    The last one of each module up to it says what the module ran, whatever became of the
    deployment that made it. A service retired by hand leaves no product: its own row says when.
    """
    last = (
        DeploymentProduct.objects.filter(
            environment_id=deployment.environment_id, deployment_id__lte=deployment.id
        )
        .order_by("module_id", "-deployment_id", "-id")
        .distinct("module_id")
    )
    found = {p.module_id: p for p in last if p.change != DeploymentProduct.Change.RETIRED}
    gone = _gone_by_hand(deployment, {product.service_id for product in found.values()})
    return {name: product for name, product in found.items() if product.service_id not in gone}


def snapshot(deployment: RuntimeDeployment) -> Snapshot:
    """Its configuration and the services after it. Refused where the payload was altered."""
    return Snapshot(
        verified(deployment.configuration).payload, facts_of(products_up_to(deployment))
    )


def current() -> Snapshot:
    """What stands in the environment entered now: the live services, and what is Published."""
    here = {"environment_id": door.environment()}
    published = RuntimeConfiguration.objects.filter(**here, status="Published").first()
    live = RuntimeService.objects.filter(**here).exclude(status="Retired")
    services = {s.module_id: Facts(s.image, s.version, s.replicas) for s in live}
    return Snapshot(published.payload if published else {}, services)


def facts_of(products: Mapping[str, DeploymentProduct]) -> dict[str, Facts]:
    return {
        name: Facts(product.image_after, product.version_after, product.replicas_after or 0)
        for name, product in products.items()
    }


def _gone_by_hand(deployment: RuntimeDeployment, services: set[UUID]) -> set[UUID]:
    """Those retired before that deployment began; and those purged since whom no later one names.

    The latter were retired by hand: a deployment that retires says so in a product.
    """
    rows = dict(
        RuntimeService.objects.filter(
            environment_id=deployment.environment_id, id__in=services
        ).values_list("id", "retired_at")
    )
    before = {i for i, at in rows.items() if at is not None and at < deployment.created_at}
    purged = services - rows.keys()
    if purged:
        later = DeploymentProduct.objects.filter(
            environment_id=deployment.environment_id,
            service_id__in=purged,
            deployment_id__gt=deployment.id,
        )
        purged -= set(later.values_list("service_id", flat=True))
    return before | purged
