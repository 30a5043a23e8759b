"""Pages of services: the list of a tenant, and one service."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from apps.core.access import needs
from apps.core.audit import history
from apps.core.htmx import Filter, page, words_of
from apps.core.lists import list_page
from apps.deployments.models import DeploymentProduct
from apps.drift_findings.queries import service_drift
from apps.health_results.models import HealthCheckResult
from apps.health_results.queries import healths, with_health
from apps.retention.queries import kept
from apps.scaling_policies.models import ScalingPolicy
from apps.search.models import Kind
from apps.search.queries import found_by
from apps.services.models import ComponentType, RuntimeService, ServiceStatus
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted, environment_filter

COLUMNS = ("Live state", "Environment", "Stage", "Version", "Replicas", "Type", "Observed")


@needs("runtime.services.read")
def service_list(request: Any, tenant: str) -> HttpResponse:
    return list_page(
        request,
        "services/service_list.html",
        service_filters(),
        lambda condition: services_listed(condition, words_of(request)),
        order=("module_id", "id"),
        places=each_partition(request.door),
        columns=COLUMNS,
        more=lambda found: {
            "bindings": admitted(row.environment_id for row in found.rows),
            # What narrows the list goes with a selection of all that match.
            "matching": [(k, v) for k, v in request.GET.items() if k != "cursor" and v],
        },
    )


def service_filters() -> tuple[Filter, ...]:
    live = ~Q(status=ServiceStatus.RETIRED)
    return (
        environment_filter(),
        Filter("status", "Status", [("", "Live"), *ServiceStatus.choices], "status", unless=live),
        Filter("type", "Type", [("", "Any type"), *ComponentType.choices], "component_type"),
    )


def services_listed(condition: Q, words: str) -> list[QuerySet[Any]]:
    """Of the partition entered."""
    rows = RuntimeService.objects.filter(condition)
    return found_by(rows, Kind.SERVICE, "module_id", words)


@needs("runtime.services.read")
def service_detail(
    request: HttpRequest, tenant: str, environment_id: UUID, service_id: UUID
) -> HttpResponse:
    now = timezone.now()
    service = get_object_or_404(
        with_health(RuntimeService.objects.select_related("deployment"), now),
        id=service_id,
        environment_id=environment_id,
    )
    context = {
        "service": service,
        "policy": ScalingPolicy.objects.filter(service=service).first(),
        "products": DeploymentProduct.objects.filter(
            service_id=service_id, environment_id=environment_id
        )
        .select_related("deployment")
        .order_by("-id")[:10],
        "drift": service_drift(service_id),
        "history": history(service_id),
        "health": healths([service], now)[service.id],
        "health_url": f"{request.path}health/",
        "results": HealthCheckResult.objects.filter(
            service_id=service_id, environment_id=environment_id
        ).order_by("-checked_at", "-id")[:10],
        "kept": kept("retired-service", service_id, environment_id),
    }
    return page(request, "services/service_detail.html", context)
