"""Bindings as the platform's people see and make them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from apps.core.access import needs
from apps.core.htmx import Filter, attempt, filtered, filters, keyset_page, page, posted
from apps.environments.models import IsolationModel
from apps.tenant_bindings.forms import BindingForm, ReasonForm
from apps.tenant_bindings.models import BindingStatus, RuntimeTenantBinding
from apps.tenant_bindings.operations import request_binding, resume_binding, suspend_binding
from apps.tenant_bindings.release import release_binding
from apps.tenant_bindings.tasks import make_partition_of

PAST = {"Suspend": "suspended", "Resume": "resumed", "Release": "released"}
READ, WRITE = "runtime.bindings.read", "runtime.bindings.write"


@needs(READ)
def binding_list(request: HttpRequest) -> HttpResponse:
    given = (
        Filter("status", "Status", [("", "Any status"), *BindingStatus.choices], "status"),
        Filter(
            "isolation",
            "Isolation",
            [("", "Any model"), *IsolationModel.choices],
            "isolation_model",
        ),
    )
    state = filters(request, *given)
    rows = RuntimeTenantBinding.objects.filter(filtered(request, *given))
    if state["query"]:
        rows = rows.filter(tenant__tenant_id__prefix=state["query"].lower())
    found = keyset_page(request, [rows], order=("-id",))
    context = {"page": found, "partials": ("results",), **state}
    return page(request, "tenant_bindings/binding_list.html", context)


@needs(READ)
def binding_detail(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    binding = get_object_or_404(RuntimeTenantBinding, id=binding_id)
    return page(request, "tenant_bindings/binding_detail.html", {"binding": binding})


@needs(WRITE)
def binding_create(request: Any) -> HttpResponse:
    form = BindingForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: request_binding(
                tenant_id=form.cleaned_data["tenant"].tenant_id,
                environment_id=form.cleaned_data["environment"].id,
                quota=form.quota(),
            ),
        )
        if made:
            make_partition_of.defer(binding_id=str(made.id))
            messages.success(request, "Bound. The worker makes the partition now.")
            return redirect("bindings:binding_detail", binding_id=made.id)
    return _form(request, form, "Bind a tenant", "Bind")


@needs(WRITE)
def binding_suspend(request: Any, binding_id: UUID) -> HttpResponse:
    return _verb(request, binding_id, "Suspend", suspend_binding)


@needs(WRITE)
def binding_resume(request: Any, binding_id: UUID) -> HttpResponse:
    return _verb(request, binding_id, "Resume", resume_binding)


@needs(WRITE)
def binding_release(request: Any, binding_id: UUID) -> HttpResponse:
    return _verb(request, binding_id, "Release", release_binding, final=True)


def _verb(
    request: Any,
    binding_id: UUID,
    verb: str,
    operation: Callable[..., RuntimeTenantBinding],
    *,
    final: bool = False,
) -> HttpResponse:
    binding = get_object_or_404(RuntimeTenantBinding, id=binding_id)
    typed = final or binding.stage == "prod"
    form = ReasonForm(posted(request), confirm=binding.tenant_id if typed else "")
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, lambda: operation(binding_id, reason=form.cleaned_data["reason"]))
    ):
        messages.success(request, f"{binding}: {PAST[verb]}.")
        return redirect("bindings:binding_detail", binding_id=binding_id)
    return _form(request, form, f"{verb} {binding}", verb, binding=binding, danger=final)


def _form(request: HttpRequest, form: Any, title: str, submit: str, **more: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "title": title, "submit": submit, **more}
    return page(request, "tenant_bindings/binding_form.html", context, status=status)
