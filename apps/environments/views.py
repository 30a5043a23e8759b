"""Environments as the platform's people see and make them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from apps.core.access import needs
from apps.core.htmx import Filter, attempt, filtered, filters, keyset_page, page, posted
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
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "tenant_id": form.cleaned_data["tenant"].tenant_id}
        values.pop("tenant")
        made = attempt(form, lambda: create_environment(**values))
        if made:
            messages.success(request, f"{made.name} is provisioned. Bind a tenant to it next.")
            return redirect("environments:environment_detail", environment_id=made.id)
    status = 422 if form.is_bound else 200
    return page(request, "environments/environment_form.html", {"form": form}, status=status)
