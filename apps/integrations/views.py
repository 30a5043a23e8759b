"""The manifests of one environment: looked at, and taken along."""

from collections import Counter
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.core import tables
from apps.core.access import needs
from apps.core.htmx import page
from apps.integrations.exports import export_manifests

# A page shows the beginning of a long file; the download has all of it.
LINES = 2_000


@needs("runtime.bindings.read")
def manifest_detail(request: HttpRequest, tenant: str, environment_id: UUID) -> HttpResponse:
    exported = export_manifests()
    lines = exported.as_yaml().splitlines()
    context = {
        "kinds": dict(Counter(one["kind"] for one in exported.manifests)),
        "left_out": exported.left_out[:100],
        "left_out_count": len(exported.left_out),
        "text": "\n".join(lines[:LINES]),
        "more": max(len(lines) - LINES, 0),
    }
    return page(request, "integrations/manifest_detail.html", context)


@needs("runtime.bindings.read")
def manifest_export(request: HttpRequest, tenant: str, environment_id: UUID) -> HttpResponse:
    text = export_manifests().as_yaml()
    response = HttpResponse(text, content_type=f"{tables.FORMATS['yaml']}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="manifests-{environment_id}.yaml"'
    return response
