"""A tenant's environments, read from its bindings."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.htmx import keyset_page, page
from apps.deployments.admission import holds
from apps.drift_findings.queries import environment_drift
from apps.freezes.queries import in_force
from apps.quotas.queries import limits_of, usage
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding
from apps.tenant_bindings.overview import environment_facts, newest_deployments


@needs("runtime.environments.read")
def environment_list(request: Any, tenant: str) -> HttpResponse:
    bindings = RuntimeTenantBinding.objects.filter(tenant_id=tenant, status__in=LIVE)
    found = keyset_page(request, [bindings], order=("-id",))
    context = {"page": found, "partials": ("results",)}
    return page(request, "tenant_bindings/environment_list.html", context)


@needs("runtime.environments.read")
def environment_detail(request: Any, tenant: str, environment_id: UUID) -> HttpResponse:
    binding = get_object_or_404(
        RuntimeTenantBinding, tenant_id=tenant, environment_id=environment_id, status__in=LIVE
    )
    context = {
        "binding": binding,
        "facts": environment_facts(environment_id),
        "deployments": newest_deployments(environment_id, 10),
        "frozen": in_force(environment_id),
        "holds": holds(),
        "drift": environment_drift(),
        "usage": usage(environment_id, limits_of(binding)),
    }
    return page(request, "tenant_bindings/environment_detail.html", context)
