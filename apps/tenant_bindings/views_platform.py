"""Bindings as the platform's people see and make them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import ReasonForm, form_page
from apps.core.htmx import Filter, page, posted, words_of
from apps.core.lists import list_page
from apps.environments.models import IsolationModel
from apps.quotas.lowering import over_quota
from apps.tenant_bindings.forms import BindingForm, QuotaForm
from apps.tenant_bindings.models import BindingStatus, RuntimeTenantBinding
from apps.tenant_bindings.operations import (
    change_quota,
    request_binding,
    resume_binding,
    suspend_binding,
)
from apps.tenant_bindings.queries import fleet_filter
from apps.tenant_bindings.release import release_binding
from apps.tenant_bindings.tasks import make_partition_of

PAST = {"Suspend": "suspended", "Resume": "resumed", "Release": "released"}
READ, WRITE = "runtime.bindings.read", "runtime.bindings.write"
TEMPLATE = "tenant_bindings/binding_form.html"
COLUMNS = ("Environment", "Stage", "Isolation", "Status", "Data", "Quota")


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
        fleet_filter(request.GET.get("environment", "")),
    )
    words = words_of(request).lower()
    begins = Q(tenant__tenant_id__prefix=words) if words else Q()
    return list_page(
        request,
        "tenant_bindings/binding_list.html",
        given,
        lambda condition: [RuntimeTenantBinding.objects.filter(condition, begins)],
        order=("-id",),
        columns=COLUMNS,
    )


@needs(READ)
def binding_detail(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    binding = get_object_or_404(RuntimeTenantBinding, id=binding_id)
    return page(request, "tenant_bindings/binding_detail.html", {"binding": binding})


@needs(WRITE)
def binding_create(request: Any) -> HttpResponse:
    wanted = {name: request.GET.get(name, "") for name in ("tenant", "environment")}
    form = BindingForm(posted(request), initial=wanted)

    def run() -> RuntimeTenantBinding:
        made = request_binding(
            tenant_id=form.cleaned_data["tenant"].tenant_id,
            environment_id=form.cleaned_data["environment"].id,
            quota=form.quota(),
        )
        make_partition_of.defer(binding_id=str(made.id))
        return made

    return form_page(
        request,
        form,
        TEMPLATE,
        {"title": "Bind a tenant", "submit": "Bind"},
        run=run,
        to=_url,
        done="Bound. The worker makes the partition now.",
    )


@needs(WRITE)
def binding_quota(request: Any, binding_id: UUID) -> HttpResponse:
    binding = get_object_or_404(RuntimeTenantBinding, id=binding_id)
    form = QuotaForm(posted(request), binding=binding)
    return form_page(
        request,
        form,
        TEMPLATE,
        {"title": f"Quota of {binding}", "submit": "Change quota", "binding": binding},
        run=lambda: change_quota(
            binding_id, quota=form.quota(), reason=form.cleaned_data["reason"]
        ),
        to=_url,
        done=_quota_said,
    )


def _quota_said(binding: RuntimeTenantBinding) -> str:
    over = [
        f"{use.name} {use.used:g} used, {use.promised:g} promised, {use.limit} allowed"
        for use in over_quota(binding)
    ]
    said = f"{binding}: the quota is what you gave."
    return f"{said} Over it, so nothing new is promised: {'; '.join(over)}." if over else said


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
    return form_page(
        request,
        form,
        TEMPLATE,
        {"title": f"{verb} {binding}", "submit": verb, "binding": binding, "danger": final},
        run=lambda: operation(binding_id, reason=form.cleaned_data["reason"]),
        to=_url,
        done=f"{binding}: {PAST[verb]}.",
    )


def _url(binding: RuntimeTenantBinding) -> str:
    return f"/platform/bindings/{binding.id}/"
