"""Pages of configurations: the list of a tenant, and one version."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.configurations import texts
from apps.configurations.differences import differences, unified
from apps.configurations.models import ConfigurationStatus, RuntimeConfiguration
from apps.configurations.operations import verifies
from apps.core import tables
from apps.core.access import needs
from apps.core.audit import history
from apps.core.errors import Invalid, NotFound
from apps.core.htmx import Filter, page, words_of
from apps.core.lists import list_page
from apps.retention.queries import kept
from apps.search.models import Kind
from apps.search.queries import matching
from apps.tenant_bindings.context import each_partition
from apps.tenant_bindings.queries import admitted, environment_filter

COLUMNS = ("Status", "Environment", "Stage", "Checksum", "Made by", "Made", "Published")


@needs("runtime.configurations.read")
def configuration_list(request: Any, tenant: str) -> HttpResponse:
    given = (
        environment_filter(),
        Filter("status", "Status", [("", "Any status"), *ConfigurationStatus.choices], "status"),
    )
    return list_page(
        request,
        "configurations/configuration_list.html",
        given,
        lambda condition: [
            RuntimeConfiguration.objects.defer("payload").filter(
                condition, matching(Kind.CONFIGURATION, words_of(request))
            )
        ],
        order=("-id",),
        places=each_partition(request.door),
        columns=COLUMNS,
        more=lambda found: {"bindings": admitted(row.environment_id for row in found.rows)},
    )


@needs("runtime.configurations.read")
def configuration_detail(
    request: HttpRequest, tenant: str, environment_id: UUID, configuration_id: UUID
) -> HttpResponse:
    configuration = get_object_or_404(
        RuntimeConfiguration, id=configuration_id, environment_id=environment_id
    )
    context = {
        "configuration": configuration,
        "verifies": verifies(configuration),
        "payload": json.dumps(configuration.payload, indent=2, ensure_ascii=False, sort_keys=True),
        "deployments": configuration.deployments.order_by("-id")[:10],
        "history": history(configuration_id),
        "kept": kept("configuration-version", configuration_id, environment_id),
    }
    return page(request, "configurations/configuration_detail.html", context)


@needs("runtime.configurations.read")
def configuration_diff(
    request: HttpRequest, tenant: str, environment_id: UUID, configuration_id: UUID
) -> HttpResponse:
    """Against `?with=`, another version of the environment; the one before it unless told."""
    here = RuntimeConfiguration.objects.filter(environment_id=environment_id)
    new = get_object_or_404(here, id=configuration_id)
    others = list(here.exclude(id=new.id).defer("payload").order_by("-version")[:100])
    old = _other(here, new, request.GET.get("with", ""))
    names = (str(old) if old else "nothing", str(new))
    before = old.payload if old else {}
    context = {
        "configuration": new,
        "other": old,
        "others": others,
        "differences": differences(before, new.payload),
        "lines": unified(before, new.payload, names),
    }
    return page(request, "configurations/configuration_diff.html", context)


@needs("runtime.configurations.read")
def configuration_export(
    request: HttpRequest, tenant: str, environment_id: UUID, configuration_id: UUID
) -> HttpResponse:
    """The payload as a file, `?format=yaml|json`: what a draft takes again."""
    format = request.GET.get("format", "yaml")
    if format not in dict(texts.FORMATS):
        raise Invalid.field("format", "must be yaml or json.")
    one = get_object_or_404(
        RuntimeConfiguration, id=configuration_id, environment_id=environment_id
    )
    text = texts.write(one.payload, format)
    response = HttpResponse(text, content_type=f"{tables.FORMATS[format]}; charset=utf-8")
    name = f"configuration-{one.version}.{format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _other(here: Any, new: RuntimeConfiguration, wanted: str) -> RuntimeConfiguration | None:
    if not wanted:
        return here.filter(version__lt=new.version).order_by("-version").first()
    try:
        return get_object_or_404(here, id=UUID(wanted))
    except ValueError as error:
        raise NotFound from error
