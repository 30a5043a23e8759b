"""Environments as the platform's people see and make them."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import form_page
from apps.core.htmx import Filter, filtered, filters, keyset_page, page, posted
from apps.environments.forms import EnvironmentForm
from apps.environments.models import EnvironmentStatus, IsolationModel, RuntimeEnvironment, Stage
from apps.environments.operations import create_environment

READ, WRITE = "runtime.environments.read", "runtime.environments.write"


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
    context = {"environment": environment, "bindings": environment.bindings.order_by("-id")[:50]}
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
        "environments/environment_form.html",
        {},
        run=run,
        to=lambda made: f"/platform/environments/{made.id}/",
        done=lambda made: f"{made.name} is provisioned. Bind a tenant to it next.",
    )
