"""The chains of the control plane: the platform's own and each tenant's part of it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.audit_trail.filters import TENANT, about, narrowing
from apps.audit_trail.queries import entry_context
from apps.audit_trail.views import ORDER, READ
from apps.core.access import needs
from apps.core.htmx import filtered, filters, keyset_page, page
from apps.core.models import AuditEntry


@needs(READ)
def entry_list(request: HttpRequest) -> HttpResponse:
    given = (*narrowing(), TENANT)
    state = filters(request, *given)
    rows = AuditEntry.objects.filter(filtered(request, *given) & about(state["query"]))
    found = keyset_page(request, [rows], order=ORDER)
    context = {"page": found, "partials": ("results",), **state}
    return page(request, "audit_trail/entry_list.html", context)


@needs(READ)
def entry_detail(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    entry = get_object_or_404(AuditEntry, id=entry_id)
    return page(request, "audit_trail/entry_detail.html", entry_context(entry))
