"""Pages of deployments: the list of a tenant, one deployment, the log of a step."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django_htmx.http import HttpResponseClientRefresh

from apps.core.access import needs
from apps.core.audit import history
from apps.core.errors import Invalid, NotFound
from apps.core.htmx import Filter, page, words_of
from apps.core.lists import list_page
from apps.deployments.log_pages import LogPage, last_page, page_before, page_from
from apps.deployments.logs import chunks, tiered
from apps.deployments.models import (
    DeploymentProduct,
    DeploymentStatus,
    DeploymentStep,
    RuntimeDeployment,
    StepStatus,
)
from apps.deployments.operations import steps_of
from apps.deployments.waits import waits_for
from apps.retention.queries import kept, purged
from apps.search.models import Kind
from apps.search.queries import matching
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted, environment_filter

MOVING = "moving"
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
    """While it is under way the page asks for its moving part alone, until its state is another."""
    deployment = get_object_or_404(
        RuntimeDeployment.objects.select_related("configuration"),
        id=deployment_id,
        environment_id=environment_id,
    )
    is_part = request.headers.get("HX-Target") == MOVING
    if is_part and request.GET.get("seen") != deployment.status:
        return HttpResponseClientRefresh()
    steps = steps_of(deployment)
    context = {
        "deployment": deployment,
        "steps": steps,
        "wait": waits_for(deployment, steps),
        "partials": (MOVING,),
    }
    if not is_part:
        context |= _around(request, deployment) | {"opened": _opened(steps)}
    return page(request, "deployments/deployment_detail.html", context)


def _around(request: HttpRequest, deployment: RuntimeDeployment) -> dict[str, Any]:
    """What does not move: what it names, what it produced, its history, how long it is kept."""
    others = {
        "previous_url": deployment.previous_deployment_id,
        "undoes_url": deployment.undoes_deployment_id,
        "returns_to_url": deployment.returns_to_deployment_id,
    }
    products = list(DeploymentProduct.objects.filter(deployment=deployment).order_by("module_id"))
    return {
        "purged": purged([*others.values(), *(row.service_id for row in products)]),
        **{
            name: request.path.replace(str(deployment.id), str(other))
            for name, other in others.items()
        },
        "names": _names(deployment.environment_id, others.values()),
        "products": products,
        "history": history(deployment.id, limit=50),
        "kept": kept("deployment-history", deployment.id, deployment.environment_id),
    }


def _opened(steps: Sequence[DeploymentStep]) -> DeploymentStep | None:
    """The step whose log stands there at once: the one that failed, else the last that has one."""
    logged = [step for step in steps if step.log_path]
    failed = [step for step in logged if step.status == StepStatus.FAILED]
    return next(reversed(failed or logged), None)


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
    """The last 500 lines, or those before (`before`) or from (`from`) a byte."""
    step = _step(environment_id, deployment_id, step_id)
    try:
        log, missing = _page_of(request, step), ""
    except NotFound as error:
        log, missing = None, error.message
    context = {
        "step": step,
        "deployment": step.deployment,
        "log": log,
        "missing": missing,
        "tiered": tiered(),
        "log_url": request.path,
        "partials": ("log",),
    }
    return page(request, "deployments/step_log.html", context)


@needs("runtime.deployments.read")
def step_log_export(
    request: HttpRequest, tenant: str, environment_id: UUID, deployment_id: UUID, step_id: UUID
) -> StreamingHttpResponse:
    """The log as it was written, escapes and all, a part at a time."""
    step = _step(environment_id, deployment_id, step_id)
    return StreamingHttpResponse(
        chunks(step),
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{deployment_id}-{step.position}.log"',
            "Content-Length": str(step.log_bytes),
            "X-Content-Type-Options": "nosniff",
        },
    )


def _step(environment_id: UUID, deployment_id: UUID, step_id: UUID) -> DeploymentStep:
    found: DeploymentStep = get_object_or_404(
        DeploymentStep.objects.select_related("deployment"),
        id=step_id,
        deployment_id=deployment_id,
        environment_id=environment_id,
    )
    return found


def _page_of(request: HttpRequest, step: DeploymentStep) -> LogPage:
    if text := request.GET.get("before", ""):
        return page_before(step, _byte("before", text))
    if text := request.GET.get("from", ""):
        return page_from(step, _byte("from", text))
    return last_page(step)


def _byte(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Invalid.field(name, "is the place of a byte: a number.")
    return int(text)
