"""One box for the fleet: the control plane alone, no tenant's rows."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from apps.core.access import PLATFORM, needs
from apps.core.htmx import filters, page
from apps.environments.models import RuntimeEnvironment
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenants.models import Tenant

SHOWN = 10


@needs("runtime.tenants.read")
def fleet_results(request: HttpRequest) -> HttpResponse:
    state = filters(request)
    context = {**_found(state["query"]), "partials": ("results",), **state}
    return page(request, "search/fleet_results.html", context)


def _found(text: str) -> dict[str, Any]:
    """The first of each, by the beginning of slug, name or project; names as they are written."""
    if not text:
        return {}
    slug = text.lower()
    tenants = Tenant.objects.exclude(tenant_id=PLATFORM).filter(
        Q(tenant_id__prefix=slug) | Q(name__prefix=text)
    )
    environments = RuntimeEnvironment.objects.filter(
        Q(name__prefix=text) | Q(project_id__prefix=text) | Q(tenant__tenant_id__prefix=slug)
    )
    bindings = RuntimeTenantBinding.objects.filter(
        Q(tenant__tenant_id__prefix=slug)
        | Q(environment_name__prefix=text)
        | Q(environment_project__prefix=text)
    )
    return {
        "tenants": tenants.order_by("tenant_id")[:SHOWN],
        "environments": environments.order_by("-id")[:SHOWN],
        "bindings": bindings.order_by("-id")[:SHOWN],
    }
