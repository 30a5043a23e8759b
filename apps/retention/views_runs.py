"""A tenant's part of the runs of the purge, and its certificates."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from apps.core.access import needs
from apps.core.htmx import keyset_page, page
from apps.retention.models import Certificate, RetentionEntry
from apps.retention.pages import certificate, certificate_file, certificate_page, proof_file

READ = "runtime.retention.read"


@needs(READ, control_plane=True)
def run_list(request: HttpRequest, tenant: str) -> HttpResponse:
    """Those that are certified: every run that is not at work."""
    rows = Certificate.objects.filter(tenant_id=tenant)
    found = keyset_page(request, [rows], order=("-id",))
    context = {"page": found, "partials": ("results",)}
    return page(request, "retention/run_list.html", context)


@needs(READ, control_plane=True)
def run_detail(request: HttpRequest, tenant: str, run_id: UUID) -> HttpResponse:
    entries = list(RetentionEntry.objects.filter(tenant_id=tenant, run_id=run_id).order_by("-id"))
    if not entries:
        raise Http404
    context: dict[str, Any] = {
        "run_id": run_id,
        "entries": entries,
        "certificates": {
            one.tenant_id: one
            for one in Certificate.objects.filter(tenant_id=tenant, run_id=run_id)
        },
    }
    return page(request, "retention/run_detail.html", context)


@needs(READ, control_plane=True)
def certificate_detail(request: HttpRequest, tenant: str, certificate_id: UUID) -> HttpResponse:
    return certificate_page(request, certificate(certificate_id, tenant_id=tenant))


@needs(READ, control_plane=True)
def certificate_export(request: HttpRequest, tenant: str, certificate_id: UUID) -> HttpResponse:
    """The file that verify_certificate takes."""
    return certificate_file(certificate(certificate_id, tenant_id=tenant))


@needs(READ, control_plane=True)
def certificate_proof(
    request: HttpRequest, tenant: str, certificate_id: UUID, row_id: UUID
) -> HttpResponse:
    """What proves one row's disposal, without showing another's."""
    return proof_file(certificate(certificate_id, tenant_id=tenant), row_id)
