"""Tenants as the platform's people see and make them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import PLATFORM, Role, needs
from apps.core.forms import form_page
from apps.core.htmx import Filter, filtered, filters, keyset_page, page, posted
from apps.tenants.forms import TenantForm
from apps.tenants.models import Tenant, TenantStatus
from apps.tenants.operations import onboard_tenant

READ, WRITE = "runtime.tenants.read", "runtime.tenants.write"


@needs(READ)
def tenant_list(request: HttpRequest) -> HttpResponse:
    given = (Filter("status", "Status", [("", "Any status"), *TenantStatus.choices], "status"),)
    state = filters(request, *given)
    rows = Tenant.objects.exclude(tenant_id=PLATFORM).filter(filtered(request, *given))
    if state["query"]:
        rows = rows.filter(tenant_id__prefix=state["query"].lower())
    found = keyset_page(request, [rows], order=("tenant_id",))
    return page(
        request, "tenants/tenant_list.html", {"page": found, "partials": ("results",), **state}
    )


@needs(READ)
def tenant_detail(request: HttpRequest, tenant_id: str) -> HttpResponse:
    tenant = get_object_or_404(Tenant, tenant_id=tenant_id)
    context = {
        "shown": tenant,
        "has_admin": tenant.memberships.filter(role=Role.TENANT_ADMIN, ended_at=None).exists(),
        "bindings": tenant.bindings.order_by("-id")[:50],
        "partitions": tenant.partitions.order_by("schema_name"),
    }
    return page(request, "tenants/tenant_detail.html", context)


@needs(WRITE)
def tenant_create(request: Any) -> HttpResponse:
    form = TenantForm(posted(request))
    return form_page(
        request,
        form,
        "tenants/tenant_form.html",
        {},
        run=lambda: onboard_tenant(
            slug=form.cleaned_data["tenant_id"], name=form.cleaned_data["name"]
        ),
        to=lambda made: f"/platform/tenants/{made.tenant_id}/",
        done=lambda made: f"{made.name} is onboarded. Bind it to an environment next.",
    )
