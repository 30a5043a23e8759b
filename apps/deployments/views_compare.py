"""Two pages that show what differs: any two deployments, and a rollback before it is done."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.core.access import needs
from apps.core.door import Door
from apps.core.errors import Invalid, NotFound
from apps.core.forms import confirmation, form_page
from apps.core.htmx import keyset_page, page, posted
from apps.deployments.admission import holds
from apps.deployments.comparison import Snapshot, compare
from apps.deployments.forms import RollBackForm
from apps.deployments.models import RuntimeDeployment
from apps.deployments.obstacles import of_the_start, of_the_target
from apps.deployments.rollback import earlier_completed, roll_back
from apps.deployments.state import current, snapshot
from apps.deployments.views_verbs import found, page_of, url_of
from apps.freezes.queries import in_force
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted


@needs("runtime.deployments.read")
def deployment_compare(
    request: Any, tenant: str, environment_id: UUID, deployment_id: UUID
) -> HttpResponse:
    deployment = found(request, deployment_id)
    asked = _identifier(request, "with")
    other, then = _anywhere(request.door, asked or deployment.previous_deployment_id)
    if asked and other is None:
        raise NotFound(f"There is no deployment {asked}.")
    context = {
        **page_of(request, f"Compare {deployment}", "Compare", deployment),
        "other": other,
        "bindings": admitted([other.environment_id]) if other else {},
        "comparison": compare(then, snapshot(deployment)) if then else None,
        "choices": RuntimeDeployment.objects.filter(environment_id=environment_id)
        .exclude(id=deployment_id)
        .order_by("-id")[:50],
    }
    return page(request, "deployments/deployment_compare.html", context)


@needs("runtime.deployments.write")
def deployment_roll_back(
    request: Any, tenant: str, environment_id: UUID, deployment_id: UUID
) -> HttpResponse:
    undone = found(request, deployment_id)
    asked = _identifier(request, "to")
    frozen, held = in_force(environment_id), holds()
    form = RollBackForm(
        posted(request),
        confirm=confirmation(request.door),
        initial={"returns_to": asked},
        frozen=bool(frozen),
        held=bool(held),
    )

    def run() -> RuntimeDeployment:
        given = form.cleaned_data
        return roll_back(
            deployment_id=deployment_id,
            to=given["returns_to"],
            reason=given["reason"],
            gate=given["gate"],
            **form.overrides(),
        )

    context = {
        **page_of(request, f"Roll back {undone}", "Roll back", undone),
        "page": keyset_page(request, [earlier_completed(undone)], order=("-id",)),
        "obstacles": of_the_start(request.door, frozen),
        "holds": held,
        "danger": True,
        "partials": ("results",),
        **(_chosen(request.door, undone, asked) if asked else {}),
    }
    template = "deployments/deployment_roll_back.html"
    return form_page(request, form, template, context, run=run, to=url_of, done=_said)


def _chosen(entered: Door, undone: RuntimeDeployment, asked: UUID) -> dict[str, Any]:
    """What the page shows of the one that was chosen: what forbids it, and what would change."""
    target = earlier_completed(undone).filter(id=asked).first()
    problems, then = of_the_target(entered, target, undone)
    comparison = compare(current(), then) if then else None
    return {"target": target, "problems": problems, "comparison": comparison}


def _anywhere(
    entered: Door, identifier: UUID | None
) -> tuple[RuntimeDeployment | None, Snapshot | None]:
    """A deployment of the tenant in whichever of its partitions, and what stood there after it."""
    other, then = None, None
    if identifier is None:
        return other, then
    for _ in each_partition(entered):
        if other is None:
            rows = RuntimeDeployment.objects.select_related("configuration")
            other = rows.filter(id=identifier).first()
            then = snapshot(other) if other else None
    return other, then


def _identifier(request: Any, name: str) -> UUID | None:
    text = request.GET.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid.field(name, "must be the id of a deployment.") from error


def _said(made: RuntimeDeployment) -> str:
    if made.is_final:
        return f"Returned to {made}. It is held until somebody releases it."
    return f"Returning to {made}: it waits for the health gate."
