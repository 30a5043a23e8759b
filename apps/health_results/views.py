"""Pages of health: the services of a tenant with how they are, and one service's results."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from apps.core.access import needs
from apps.core.htmx import Filter, filtered, filters, keyset_page, page
from apps.core.lists import list_page
from apps.health_results.models import HealthCheckResult, HealthStatus
from apps.health_results.queries import Healths, healths, newest_of, with_health
from apps.health_results.slots import SLOT, key_of, slot_named
from apps.services.models import RuntimeService, ServiceStatus, live_state
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted, environment_filter

READ = "runtime.health.read"
# Each row has a drawing of 48 slots.
PAGE_SIZE = 25
COLUMNS = (
    "Live state", "Environment", "Stage", "Newest results", "Last 24 hours", "Observed",
)  # fmt: skip
STALE = "Stale"
_STATES = [
    ("", "Any state"), (STALE, "Stale"),
    *[choice for choice in ServiceStatus.choices if choice[0] != ServiceStatus.RETIRED],
]  # fmt: skip


@needs(READ)
def health_list(request: Any, tenant: str) -> HttpResponse:
    now = timezone.now()
    live = ~Q(status=ServiceStatus.RETIRED)
    return list_page(
        request,
        "health_results/health_list.html",
        (environment_filter(), Filter("status", "State", _STATES, condition=_in_state)),
        lambda condition: [
            with_health(
                RuntimeService.objects.annotate(live=live_state()).filter(condition, live), now
            )
        ],
        order=("module_id", "id"),
        places=each_partition(request.door),
        columns=COLUMNS,
        size=PAGE_SIZE,
        more=lambda found: {
            "bindings": admitted(row.environment_id for row in found.rows),
            "healths": healths(found.rows, now),
        },
    )


def _in_state(wanted: str) -> Q:
    # An index knows the status, and not what is stale.
    return Q(live=wanted) if wanted == STALE else Q(live=wanted, status=wanted)


@needs(READ)
def service_health(
    request: HttpRequest, tenant: str, environment_id: UUID, service_id: UUID
) -> HttpResponse:
    now, here = timezone.now(), {"environment_id": environment_id}
    service = get_object_or_404(
        with_health(RuntimeService.objects.all(), now), id=service_id, **here
    )
    health = healths([service], now)[service.id]
    probes = [(newest.probe, newest.probe) for newest in newest_of(service, now)]
    given = (
        Filter("probe", "Probe", [("", "Every probe"), *probes], "probe"),
        Filter("status", "Status", [("", "Any status"), *HealthStatus.choices], "status"),
        _half_hour(request, health),
    )
    results = HealthCheckResult.objects.filter(service_id=service_id, **here)
    found = keyset_page(
        request, [results.filter(filtered(request, *given))], order=("-checked_at", "-id")
    )
    context = {
        "page": found,
        "service": service,
        "health": health,
        "partials": ("results",),
        **filters(request, *given),
    }
    return page(request, "health_results/service_health.html", context)


def _half_hour(request: HttpRequest, health: Healths) -> Filter:
    """Any slot that has results, and the one asked for, which may stand in no bar any more."""
    named = {slot.key: slot.begins for slot in reversed(health.slots) if slot.total}
    if begins := slot_named(request.GET.get("slot", "")):
        named.setdefault(key_of(begins), begins)
    options = [(key, f"{at:%b %d, %H:%M} UTC") for key, at in named.items()]
    return Filter("slot", "Half hour", [("", "Any time"), *options], condition=_in_slot)


def _in_slot(key: str) -> Q:
    begins = slot_named(key)
    assert begins is not None  # one of the options
    return Q(checked_at__gte=begins, checked_at__lt=begins + SLOT)
