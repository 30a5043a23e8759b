"""The chains of the control plane: the platform's own and each tenant's part of it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.audit_trail.filters import TENANT, about, narrowing
from apps.audit_trail.queries import entry_context
from apps.audit_trail.views import ORDER, READ
from apps.core.access import needs
from apps.core.htmx import page, words_of
from apps.core.lists import list_page
from apps.core.models import AuditEntry


@needs(READ)
def entry_list(request: HttpRequest) -> HttpResponse:
    given = (*narrowing(), TENANT)
    return list_page(
        request,
        "audit_trail/entry_list.html",
        given,
        lambda condition: [AuditEntry.objects.filter(condition & about(words_of(request)))],
        order=ORDER,
        columns=("When", "Who", "Object", "Reason"),
    )


@needs(READ)
def entry_detail(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    entry = get_object_or_404(AuditEntry, id=entry_id)
    return page(request, "audit_trail/entry_detail.html", entry_context(entry))
