"""Pages of configurations: the list of a tenant, and one version."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.configurations.canonical import checksum
from apps.configurations.models import ConfigurationStatus, RuntimeConfiguration
from apps.core.access import needs
from apps.core.audit import history
from apps.core.htmx import Filter, filtered, filters, keyset_page, page
from apps.retention.queries import kept
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted, environment_filter


@needs("runtime.configurations.read")
def configuration_list(request: Any, tenant: str) -> HttpResponse:
    given = (
        environment_filter(),
        Filter("status", "Status", [("", "Any status"), *ConfigurationStatus.choices], "status"),
    )
    state = filters(request, *given)
    condition = filtered(request, *given)
    found = keyset_page(
        request,
        (
            RuntimeConfiguration.objects.defer("payload").filter(condition)
            for _ in each_partition(request.door)
        ),
        order=("-id",),
    )
    bindings = admitted(row.environment_id for row in found.rows)
    context = {"page": found, "bindings": bindings, "partials": ("results",), **state}
    return page(request, "configurations/configuration_list.html", context)


@needs("runtime.configurations.read")
def configuration_detail(
    request: HttpRequest, tenant: str, environment_id: UUID, configuration_id: UUID
) -> HttpResponse:
    configuration = get_object_or_404(
        RuntimeConfiguration, id=configuration_id, environment_id=environment_id
    )
    context = {
        "configuration": configuration,
        "verifies": checksum(configuration.payload) == configuration.checksum,
        "payload": json.dumps(configuration.payload, indent=2, ensure_ascii=False, sort_keys=True),
        "deployments": configuration.deployments.order_by("-id")[:10],
        "history": history(configuration_id),
        "kept": kept("configuration-version", configuration_id, environment_id),
    }
    return page(request, "configurations/configuration_detail.html", context)
