"""Retention of the whole fleet, every run of the purge and every certificate, for officers."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.htmx import keyset_page, page
from apps.retention.fleet import fleet, held_now, most_due
from apps.retention.models import Certificate, RetentionEntry, RetentionRun
from apps.retention.pages import certificate, certificate_file, certificate_page, proof_file
from apps.upkeep.alerts import open_alerts

READ = "runtime.governance.read"


@needs(READ)
def fleet_retention(request: HttpRequest) -> HttpResponse:
    """From what the worker counted: the platform sees no tenant's rows."""
    found = fleet()
    context: dict[str, Any] = {
        "fleet": found,
        "uncertain": any(due.more for one in found.forecast for due in one.dues),
        "most_due": most_due(),
        "held": held_now(),
        "runs": RetentionRun.objects.filter(dry_run=False)[:5],
    }
    return page(request, "retention/fleet_retention.html", context)


@needs(READ)
def run_list(request: HttpRequest) -> HttpResponse:
    found = keyset_page(request, [RetentionRun.objects.all()], order=("-id",))
    context = {"page": found, "partials": ("results",), "alerts": open_alerts()}
    return page(request, "retention/run_list.html", context)


@needs(READ)
def run_detail(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = get_object_or_404(RetentionRun, id=run_id)
    found = keyset_page(request, [RetentionEntry.objects.filter(run_id=run_id)], order=("-id",))
    tenants = {entry.tenant_id for entry in found.rows}
    certificates = Certificate.objects.filter(tenant_id__in=tenants, run_id=run_id)
    context: dict[str, Any] = {
        "run": run,
        "run_id": run_id,
        "page": found,
        "entries": found.rows,
        "certificates": {one.tenant_id: one for one in certificates},
        "partials": ("results",),
    }
    return page(request, "retention/run_detail.html", context)


@needs(READ)
def certificate_detail(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    return certificate_page(request, certificate(certificate_id))


@needs(READ)
def certificate_export(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """The file that verify_certificate takes."""
    return certificate_file(certificate(certificate_id))


@needs(READ)
def certificate_proof(request: HttpRequest, certificate_id: UUID, row_id: UUID) -> HttpResponse:
    """What proves one row's disposal, without showing another's."""
    return proof_file(certificate(certificate_id), row_id)
