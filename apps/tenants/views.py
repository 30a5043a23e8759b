"""Tenants as the platform's people see and make them."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import PLATFORM, Role, needs
from apps.core.forms import form_page
from apps.core.htmx import Filter, filtered, filters, keyset_page, page, posted
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenants.forms import RenameForm, TenantForm, VaultForm
from apps.tenants.models import Tenant, TenantStatus
from apps.tenants.operations import onboard_tenant, register_vault, rename_tenant

READ, WRITE = "runtime.tenants.read", "runtime.tenants.write"
TEMPLATE = "tenants/tenant_form.html"


@needs(READ)
def tenant_list(request: HttpRequest) -> HttpResponse:
    given = (Filter("status", "Status", [("", "Any status"), *TenantStatus.choices], "status"),)
    state = filters(request, *given)
    rows = Tenant.objects.exclude(tenant_id=PLATFORM).filter(filtered(request, *given))
    rows = rows.annotate(live_bindings=_live())
    if state["query"]:
        rows = rows.filter(tenant_id__prefix=state["query"].lower())
    found = keyset_page(request, [rows], order=("tenant_id",))
    return page(
        request, "tenants/tenant_list.html", {"page": found, "partials": ("results",), **state}
    )


@needs(READ)
def tenant_detail(request: HttpRequest, tenant_id: str) -> HttpResponse:
    tenant = get_object_or_404(Tenant, tenant_id=tenant_id)
    counts = tenant.bindings.values_list("status").annotate(Count("id")).order_by("status")
    context = {
        "counts": list(counts),
        "shown": tenant,
        "has_admin": tenant.memberships.filter(role=Role.TENANT_ADMIN, ended_at=None).exists(),
        "bindings": tenant.bindings.order_by("-id")[:50],
        "partitions": tenant.partitions.order_by("schema_name"),
        "vaults": tenant.vaults.order_by("name")[:50],
    }
    return page(request, "tenants/tenant_detail.html", context)


@needs(WRITE)
def tenant_create(request: Any) -> HttpResponse:
    form = TenantForm(posted(request))
    return form_page(
        request,
        form,
        TEMPLATE,
        {"title": "Onboard a tenant", "submit": "Onboard"},
        run=lambda: onboard_tenant(
            slug=form.cleaned_data["tenant_id"], name=form.cleaned_data["name"]
        ),
        to=lambda made: f"/platform/tenants/{made.tenant_id}/",
        done=lambda made: f"{made.name} is onboarded. Bind it to an environment next.",
    )


@needs(WRITE)
def tenant_edit(request: Any, tenant_id: str) -> HttpResponse:
    tenant = get_object_or_404(Tenant.objects.exclude(tenant_id=PLATFORM), tenant_id=tenant_id)
    form = RenameForm(posted(request), initial={"name": tenant.name})
    return form_page(
        request,
        form,
        TEMPLATE,
        {"title": f"Edit {tenant.name}", "submit": "Save", "shown": tenant},
        run=lambda: rename_tenant(tenant_id, name=form.cleaned_data["name"]),
        to=f"/platform/tenants/{tenant_id}/",
        done=lambda renamed: f"{renamed.name} is saved.",
    )


@needs(WRITE)
def vault_create(request: Any, tenant_id: str) -> HttpResponse:
    tenant = get_object_or_404(Tenant.objects.exclude(tenant_id=PLATFORM), tenant_id=tenant_id)
    form = VaultForm(posted(request))
    there = f"/platform/tenants/{tenant_id}/"
    return form_page(
        request,
        form,
        "tenants/vault_create.html",
        {"title": f"Register a vault for {tenant}", "submit": "Register", "shown": tenant,
         "cancel_url": there},
        run=lambda: register_vault(tenant_id=tenant_id, name=form.cleaned_data["name"]),
        to=there,
        done=lambda vault: f"References into {vault} may be written now.",
    )  # fmt: skip


def _live() -> Coalesce:
    """How many bindings of a tenant are not Released: counted for the rows of one page."""
    counted = (
        RuntimeTenantBinding.objects.filter(tenant=OuterRef("pk"))
        .exclude(status="Released")
        .order_by()
        .values("tenant")
        .values_list(Count("id"))
    )
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())
