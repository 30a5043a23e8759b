"""What is done to a deployment, one page a verb. Rolling back has a page of its own kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import ReasonForm, confirmation, form_page
from apps.core.htmx import posted
from apps.deployments import marks, operations
from apps.deployments.admission import holds
from apps.deployments.forms import RequestForm, SeenForm
from apps.deployments.models import RuntimeDeployment
from apps.deployments.obstacles import of_the_start
from apps.freezes.queries import in_force

WRITE = "runtime.deployments.write"
TEMPLATE = "deployments/deployment_form.html"


@needs(WRITE)
def deployment_request(request: Any, tenant: str, environment_id: UUID) -> HttpResponse:
    frozen, held = in_force(environment_id), holds()
    form = RequestForm(
        posted(request), confirm=confirmation(request.door), frozen=bool(frozen), held=bool(held)
    )
    context = {
        **page_of(request, f"Deploy to {request.door.binding['name']}", "Request"),
        "obstacles": of_the_start(request.door, frozen),
        "holds": held,
    }

    def run() -> RuntimeDeployment:
        return operations.request_deployment(**form.fields_of())

    return form_page(request, form, TEMPLATE, context, run=run, to=url_of, done="Requested.")


@dataclass(frozen=True)
class Verb:
    """`operation(id, reason=…)`; `{0}` in title and done is the release."""

    title: str
    submit: str
    operation: Callable[..., RuntimeDeployment]
    done: str
    warning: str = ""
    danger: bool = False


FAIL = Verb(
    "Fail {0}", "Fail it", operations.fail_deployment, "{0}: Failed.",
    "Failing undoes nothing: what it did to services and configuration stays.", True,
)  # fmt: skip
BACK_OUT = Verb(
    "Back out of {0}", "Back out", operations.back_out_deployment, "{0}: backing out.",
    "It did not pass the gate. To have an earlier release again, roll back afterwards.",
)  # fmt: skip
ABANDON = Verb(
    "Abandon {0}", "Abandon it", marks.abandon_deployment, "{0}: abandoned, so Failed.",
    marks.NOT_UNDONE, True,
)  # fmt: skip
MARK_BAD = Verb(
    "Mark {0} as bad", "Mark as bad", marks.mark_bad, "{0}: marked bad.",
    "No rollback returns to it while it is marked.",
)  # fmt: skip
CLEAR_BAD = Verb(
    "Clear the mark of {0}", "Clear", marks.clear_bad, "{0}: no longer marked bad.",
    "Rollbacks may return to it again.",
)  # fmt: skip
RELEASE_HOLD = Verb(
    "Release the hold of {0}", "Release", marks.release_hold, "{0}: its hold is released.",
    "Importers and pipelines may put back what this rollback undid.",
)  # fmt: skip


@needs(WRITE)
def deployment_fail(request: Any, deployment_id: UUID, **_: Any) -> HttpResponse:
    return _verb(request, deployment_id, FAIL)


@needs(WRITE)
def deployment_back_out(request: Any, deployment_id: UUID, **_: Any) -> HttpResponse:
    return _verb(request, deployment_id, BACK_OUT)


@needs(WRITE)
def deployment_abandon(request: Any, deployment_id: UUID, **_: Any) -> HttpResponse:
    return _verb(request, deployment_id, ABANDON)


@needs(WRITE)
def deployment_mark_bad(request: Any, deployment_id: UUID, **_: Any) -> HttpResponse:
    return _verb(request, deployment_id, MARK_BAD)


@needs(WRITE)
def deployment_clear_bad(request: Any, deployment_id: UUID, **_: Any) -> HttpResponse:
    return _verb(request, deployment_id, CLEAR_BAD)


@needs(WRITE)
def deployment_release_hold(request: Any, deployment_id: UUID, **_: Any) -> HttpResponse:
    return _verb(request, deployment_id, RELEASE_HOLD)


@needs(WRITE)
def deployment_advance(request: Any, deployment_id: UUID, **_: Any) -> HttpResponse:
    deployment = found(request, deployment_id)
    return _step(
        request,
        deployment,
        page_of(request, f"Advance {deployment}", "Advance", deployment),
        operations.advance_deployment,
    )


@needs(WRITE)
def deployment_finish_back_out(request: Any, deployment_id: UUID, **_: Any) -> HttpResponse:
    deployment = found(request, deployment_id)
    return _step(
        request,
        deployment,
        page_of(request, f"{deployment} is backed out", "It is rolled back", deployment),
        operations.finish_back_out_deployment,
    )


def _verb(request: Any, deployment_id: UUID, verb: Verb) -> HttpResponse:
    deployment = found(request, deployment_id)
    form = ReasonForm(posted(request), confirm=confirmation(request.door))
    context = {
        **page_of(request, verb.title.format(deployment), verb.submit, deployment),
        "warning": verb.warning,
        "danger": verb.danger,
    }
    return form_page(
        request,
        form,
        TEMPLATE,
        context,
        run=lambda: verb.operation(deployment_id, reason=form.cleaned_data["reason"]),
        to=url_of,
        done=verb.done.format(deployment),
    )


def _step(
    request: Any,
    deployment: RuntimeDeployment,
    context: dict[str, Any],
    operation: Callable[..., RuntimeDeployment],
) -> HttpResponse:
    """From the state that the page showed to the next one."""
    form = SeenForm(
        posted(request),
        confirm=confirmation(request.door),
        initial={"seen": deployment.status},
    )
    return form_page(
        request,
        form,
        TEMPLATE,
        context,
        run=lambda: operation(deployment.id, seen=form.cleaned_data["seen"]),
        to=url_of,
        done=lambda moved: f"{moved}: {moved.status}.",
    )


def found(request: Any, deployment_id: UUID) -> RuntimeDeployment:
    """Of the environment entered; 404 where there is none."""
    return get_object_or_404(
        RuntimeDeployment.objects.select_related("configuration"),
        id=deployment_id,
        environment_id=request.door.environment_id,
    )


def url_of(deployment: RuntimeDeployment) -> str:
    return (
        f"/t/{deployment.tenant_id}/environments/{deployment.environment_id}"
        f"/deployments/{deployment.id}/"
    )


def page_of(
    request: Any, title: str, submit: str, deployment: RuntimeDeployment | None = None
) -> dict[str, Any]:
    """What every form here shows around itself."""
    door = request.door
    home = f"/t/{door.tenant_id}/"
    environment = f"{home}environments/{door.environment_id}/"
    crumbs = [
        {"label": door.tenant_name, "url": home},
        {"label": door.binding["name"], "url": environment},
    ]
    if deployment is not None:
        crumbs.append({"label": str(deployment), "url": url_of(deployment)})
    return {
        "title": title,
        "submit": submit,
        "deployment": deployment,
        "breadcrumbs": [*crumbs, {"label": submit, "url": ""}],
        "cancel_url": url_of(deployment) if deployment else environment,
    }
