"""Environments as the platform's people see and make them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import ReasonForm, form_page
from apps.core.htmx import Filter, filtered, filters, keyset_page, page, posted
from apps.environments.decommission import progress
from apps.environments.forms import EditForm, EnvironmentForm
from apps.environments.models import EnvironmentStatus, IsolationModel, RuntimeEnvironment, Stage
from apps.environments.operations import (
    abandon_environment,
    complete_environment,
    create_environment,
    edit_environment,
    fail_environment,
    provision_environment,
)
from apps.environments.tasks import ask_decommissioning

READ, WRITE = "runtime.environments.read", "runtime.environments.write"
TEMPLATE = "environments/environment_form.html"


@needs(READ)
def environment_list(request: HttpRequest) -> HttpResponse:
    given = (
        Filter("status", "Status", [("", "Any status"), *EnvironmentStatus.choices], "status"),
        Filter("stage", "Stage", [("", "Any stage"), *Stage.choices], "stage"),
        Filter(
            "isolation",
            "Isolation",
            [("", "Any model"), *IsolationModel.choices],
            "isolation_model",
        ),
    )
    state = filters(request, *given)
    rows = RuntimeEnvironment.objects.filter(filtered(request, *given))
    if state["query"]:
        rows = rows.filter(name__prefix=state["query"])
    found = keyset_page(request, [rows], order=("-id",))
    context = {"page": found, "partials": ("results",), **state}
    return page(request, "environments/environment_list.html", context)


@needs(READ)
def environment_detail(request: HttpRequest, environment_id: UUID) -> HttpResponse:
    environment = get_object_or_404(RuntimeEnvironment, id=environment_id)
    context = {
        "environment": environment,
        "bindings": environment.bindings.order_by("-id")[:50],
        "progress": progress(environment),
        "partials": ("progress",),
    }
    return page(request, "environments/environment_detail.html", context)


@needs(WRITE)
def environment_create(request: Any) -> HttpResponse:
    form = EnvironmentForm(posted(request))

    def run() -> RuntimeEnvironment:
        values = {**form.cleaned_data, "tenant_id": form.cleaned_data["tenant"].tenant_id}
        values.pop("tenant")
        return create_environment(**values)

    return form_page(
        request,
        form,
        TEMPLATE,
        {"title": "New environment", "submit": "Make and provision"},
        run=run,
        to=_url,
        done=lambda made: f"{made.name} is provisioned. Bind a tenant to it next.",
    )


@needs(WRITE)
def environment_edit(request: Any, environment_id: UUID) -> HttpResponse:
    environment = get_object_or_404(RuntimeEnvironment, id=environment_id)
    form = EditForm(posted(request), environment=environment)
    return form_page(
        request,
        form,
        TEMPLATE,
        {"title": f"Edit {environment.name}", "submit": "Save", "environment": environment},
        run=lambda: edit_environment(environment_id, **form.changes()),
        to=_url,
        done=lambda edited: f"{edited.name} is saved.",
    )


@needs(WRITE)
def environment_provision(request: Any, environment_id: UUID) -> HttpResponse:
    return _verb(request, environment_id, "Provision", provision_environment)


@needs(WRITE)
def environment_complete(request: Any, environment_id: UUID) -> HttpResponse:
    return _verb(request, environment_id, "Complete", complete_environment)


@needs(WRITE)
def environment_fail(request: Any, environment_id: UUID) -> HttpResponse:
    return _verb(request, environment_id, "Fail", fail_environment)


@needs(WRITE)
def environment_abandon(request: Any, environment_id: UUID) -> HttpResponse:
    return _verb(
        request, environment_id, "Abandon", abandon_environment,
        warning="Final: it was never in use, and its name is free again.",
    )  # fmt: skip


@needs(WRITE)
def environment_decommission(request: Any, environment_id: UUID) -> HttpResponse:
    return _verb(
        request, environment_id, "Decommission", ask_decommissioning,
        warning="Final: it takes no new work from now on. The worker then releases its bindings "
        "one by one: live services are retired, unfinished deployments fail, drafts are discarded.",
    )  # fmt: skip


def _verb(
    request: Any,
    environment_id: UUID,
    verb: str,
    operation: Callable[..., RuntimeEnvironment],
    *,
    warning: str = "",
) -> HttpResponse:
    """Asks why; what is final, or of production, is confirmed by typing the environment's name."""
    environment = get_object_or_404(RuntimeEnvironment, id=environment_id)
    typed = warning or environment.stage == Stage.PROD
    form = ReasonForm(posted(request), confirm=environment.name if typed else "")
    return form_page(
        request,
        form,
        TEMPLATE,
        {
            "title": f"{verb} {environment.name}",
            "submit": verb,
            "environment": environment,
            "warning": warning,
        },
        run=lambda: operation(environment_id, reason=form.cleaned_data["reason"]),
        to=_url,
        done=lambda moved: f"{moved.name} is {moved.status}.",
    )


def _url(environment: RuntimeEnvironment) -> str:
    return f"/platform/environments/{environment.id}/"
