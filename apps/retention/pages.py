"""What the pages of a certificate share, for a tenant's people and for officers of the platform."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse  # noqa: TID251  (pages, called by views)
from django.shortcuts import get_object_or_404

from apps.core.errors import Invalid
from apps.core.htmx import page
from apps.retention.certificate_files import written
from apps.retention.certificates import proof
from apps.retention.models import Certificate, DisposedRow


def certificate_page(request: HttpRequest, found: Certificate) -> HttpResponse:
    """The certificate; with `?row=` whether it covers that row."""
    wanted = request.GET.get("row", "").strip()
    context = {
        "certificate": found,
        "body": found.body,
        "wanted": wanted,
        "covered": _covered(found, wanted) if wanted else None,
    }
    return page(request, "retention/certificate_detail.html", context)


def certificate_file(found: Certificate) -> HttpResponse:
    return _file(f"certificate-{found.id}.json", found.as_api())


def proof_file(found: Certificate, row_id: UUID) -> HttpResponse:
    """Raises NotFound (404) where it covers no such row."""
    return _file(f"proof-{row_id}.json", proof(found, row_id))


def certificate(certificate_id: UUID, **narrowed: Any) -> Certificate:
    found: Certificate = get_object_or_404(Certificate, id=certificate_id, **narrowed)
    return found


def _covered(found: Certificate, wanted: str) -> DisposedRow | None:
    try:
        row_id = UUID(wanted)
    except ValueError as error:
        raise Invalid.field("row", f"'{wanted}' is no id.") from error
    of_run = DisposedRow.objects.filter(tenant_id=found.tenant_id, run_id=found.run_id)
    return of_run.filter(row_id=row_id).first()


def _file(name: str, value: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(written(value), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
