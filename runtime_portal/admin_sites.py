"""Both Django admins: of the control plane, and of a tenant's partition.

They enter by the same door as every page (the middleware), ask the same table of rights, write
by the same operations, and write the audit trail, not django_admin_log.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import LazyObject

from apps.core.access import needs

LOGIN = "/accounts/login/"


class PortalAdminSite(AdminSite):
    """Asks the door who may come in; `scope` is what its pages need."""

    scope: str
    enable_nav_sidebar = False
    index_template = "admin/portal_index.html"

    def has_permission(self, request: Any) -> bool:
        return request.door is not None and bool(request.door.may(self.scope))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)
        inner.admin_site = self
        return inner

    def get_urls(self) -> list[Any]:
        """Django's own, but for its sign-in and its ways to any row by its kind."""
        left_out = ("login", "view_on_site", "autocomplete")
        kept = [u for u in super().get_urls() if getattr(u, "name", "") not in left_out]
        for pattern in _leaves(kept):
            pattern.callback.login_url = LOGIN
        return kept

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("/accounts/password/")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("/accounts/logout/")


def _leaves(patterns: Iterable[Any]) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _leaves(pattern.url_patterns)
        else:
            yield pattern


class PlatformAdminSite(PortalAdminSite):
    site_header = site_title = "Runtime Portal · Platform"
    scope = "runtime.tenants.read"


class TenantAdminSite(PortalAdminSite):
    site_header = site_title = "Runtime Portal"
    scope = "runtime.services.read"


class _PlatformAdmin(LazyObject):  # type: ignore[type-arg]
    """Registers when first asked, so that importing this module imports no models."""

    def _setup(self) -> None:
        site = PlatformAdminSite(name="platform_admin")
        from apps.core import admin as core
        from apps.environments import admin as environments
        from apps.freezes import admin as freezes
        from apps.people import admin as people
        from apps.retention import admin as retention
        from apps.tenant_bindings import admin as tenant_bindings
        from apps.tenants import admin as tenants

        for module in (tenants, environments, tenant_bindings, people, freezes, retention, core):
            module.register(site)
        self._wrapped = site


class _TenantAdmin(LazyObject):  # type: ignore[type-arg]
    def _setup(self) -> None:
        site = TenantAdminSite(name="tenant_admin")
        from apps.configurations import admin as configurations
        from apps.core import admin as core
        from apps.deployments import admin as deployments
        from apps.drift_findings import admin as drift_findings
        from apps.freezes import admin as freezes
        from apps.health_results import admin as health_results
        from apps.people import admin as people
        from apps.retention import admin as retention
        from apps.scaling_policies import admin as scaling_policies
        from apps.services import admin as services

        for module in (
            services, deployments, configurations, scaling_policies, health_results, drift_findings,
            freezes, core,
        ):  # fmt: skip
            module.register(site)
        people.register_tenant(site)
        retention.register_tenant(site)
        self._wrapped = site


platform_admin: Any = _PlatformAdmin()
tenant_admin: Any = _TenantAdmin()


@needs("runtime.services.read")
def tenant_admin_home(request: Any, tenant: str) -> HttpResponse:
    """One partition: straight to its admin. Several: choose."""
    kinds = [schema.partition("_")[0] for schema in request.door.partitions]
    if len(kinds) == 1:
        return redirect(f"/t/{tenant}/admin/{kinds[0]}/")
    return TemplateResponse(request, "console/choose_partition.html", {"kinds": kinds})
