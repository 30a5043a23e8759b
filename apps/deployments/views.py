"""Pages of deployments: the list of a tenant, one deployment, the log of a step."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.audit import history
from apps.core.errors import NotFound
from apps.core.htmx import Filter, page, words_of
from apps.core.lists import list_page
from apps.deployments.logs import read_tail, tiered
from apps.deployments.models import (
    DeploymentProduct,
    DeploymentStatus,
    DeploymentStep,
    RuntimeDeployment,
)
from apps.deployments.operations import steps_of
from apps.retention.queries import kept, purged
from apps.search.models import Kind
from apps.search.queries import matching
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted, environment_filter

COLUMNS = (
    "Status", "Environment", "Stage", "Strategy", "Gate", "Configuration", "Requested by",
    "Finished",
)  # fmt: skip


@needs("runtime.deployments.read")
def deployment_list(request: Any, tenant: str) -> HttpResponse:
    given = (
        environment_filter(),
        Filter("status", "Status", [("", "Any status"), *DeploymentStatus.choices], "status"),
    )
    return list_page(
        request,
        "deployments/deployment_list.html",
        given,
        lambda condition: [
            RuntimeDeployment.objects.select_related("configuration").filter(
                condition, matching(Kind.DEPLOYMENT, words_of(request))
            )
        ],
        order=("-id",),
        places=each_partition(request.door),
        columns=COLUMNS,
        more=lambda found: {"bindings": admitted(row.environment_id for row in found.rows)},
    )


@needs("runtime.deployments.read")
def deployment_detail(
    request: HttpRequest, tenant: str, environment_id: UUID, deployment_id: UUID
) -> HttpResponse:
    deployment = get_object_or_404(
        RuntimeDeployment.objects.select_related("configuration"),
        id=deployment_id,
        environment_id=environment_id,
    )
    others = {
        "previous_url": deployment.previous_deployment_id,
        "undoes_url": deployment.undoes_deployment_id,
        "returns_to_url": deployment.returns_to_deployment_id,
    }
    products = list(DeploymentProduct.objects.filter(deployment=deployment).order_by("module_id"))
    context = {
        "deployment": deployment,
        "purged": purged([*others.values(), *(row.service_id for row in products)]),
        **{
            name: request.path.replace(str(deployment_id), str(other))
            for name, other in others.items()
        },
        "names": _names(environment_id, others.values()),
        "steps": steps_of(deployment),
        "products": products,
        "history": history(deployment_id, limit=50),
        "kept": kept("deployment-history", deployment_id, environment_id),
    }
    return page(request, "deployments/deployment_detail.html", context)


def _names(environment_id: UUID, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """What other deployments of the environment are called, in one query."""
    found = RuntimeDeployment.objects.filter(
        environment_id=environment_id, id__in=set(ids) - {None}
    )
    return dict(found.values_list("id", "release_ref"))


@needs("runtime.deployments.read")
def step_log(
    request: HttpRequest, tenant: str, environment_id: UUID, deployment_id: UUID, step_id: UUID
) -> HttpResponse:
    step = get_object_or_404(
        DeploymentStep.objects.select_related("deployment"),
        id=step_id,
        deployment_id=deployment_id,
        environment_id=environment_id,
    )
    try:
        lines, missing = read_tail(step), ""
    except NotFound as error:
        lines, missing = [], error.message
    context = {
        "step": step,
        "deployment": step.deployment,
        "lines": lines,
        "text": "\n".join(lines),
        "missing": missing,
        "tiered": tiered(),
    }
    return page(request, "deployments/step_log.html", context)
