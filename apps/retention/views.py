"""What a tenant has, how long it is kept, what keeps it longer, and the exceptions it asks for."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import form_page
from apps.core.htmx import page, posted
from apps.retention.exceptions import request_exception
from apps.retention.forecast import forecast
from apps.retention.forms import ExceptionForm
from apps.retention.models import GovernanceException, LegalHold, RetentionEntry
from apps.retention.queries import held, overview
from apps.retention.views_common import crumbs
from apps.retention.views_exceptions import listed, shown, withdrawn
from apps.tenant_bindings.queries import live_bindings

READ, WRITE = "runtime.retention.read", "runtime.retention.write"
LAST = 28  # entries of runs that are looked at, of seven classes each


@needs(READ)
def retention_overview(request: Any, tenant: str) -> HttpResponse:
    """Matter and reason of a hold are shown to whom the database shows them: auditors."""
    classes = overview(request.door)
    entries = list(RetentionEntry.objects.filter(tenant_id=tenant, dry_run=False)[:LAST])
    context = {
        "classes": classes,
        "held": held(classes, LegalHold.objects.filter(tenant_id=tenant).order_by("-id")[:20]),
        "entries": [entry for entry in entries if entry.tells],
        "last_run": entries[0] if entries else None,
    }
    return page(request, "retention/retention_overview.html", context)


@needs(READ)
def retention_forecast(request: Any, tenant: str) -> HttpResponse:
    found = forecast(request.door)
    uncertain = any(due.more for one in found for due in one.dues)
    context = {"forecast": found, "uncertain": uncertain, "partials": ("forecast",)}
    return page(request, "retention/retention_forecast.html", context)


@needs(READ, control_plane=True)
def exception_list(request: Any, tenant: str) -> HttpResponse:
    return listed(request, GovernanceException.objects.filter(tenant_id=tenant), _home(tenant))


@needs(READ, control_plane=True)
def exception_detail(request: Any, tenant: str, exception_id: UUID) -> HttpResponse:
    found = get_object_or_404(GovernanceException, id=exception_id, tenant_id=tenant)
    return shown(request, found, _home(tenant))


@needs(WRITE, control_plane=True)
def exception_request(request: Any, tenant: str) -> HttpResponse:
    form = ExceptionForm(posted(request), bindings=live_bindings())
    home = _home(tenant)
    context = {
        "title": "Ask for an exception",
        "submit": "Ask",
        "cancel_url": home,
        "breadcrumbs": crumbs(request, ("Exceptions", home), ("Ask for an exception", "")),
        "warning": "A governance officer decides. By one that is approved a run may let go before "
        "its window what was there then.",
    }
    return form_page(
        request,
        form,
        "retention/exception_form.html",
        context,
        run=lambda: request_exception(**form.cleaned_data),
        to=lambda asked: f"{home}{asked.id}/",
        done="Asked: a governance officer decides.",
    )


@needs(WRITE, control_plane=True)
def exception_withdraw(request: Any, tenant: str, exception_id: UUID) -> HttpResponse:
    get_object_or_404(GovernanceException, id=exception_id, tenant_id=tenant)
    return withdrawn(request, exception_id, _home(tenant))


def _home(tenant: str) -> str:
    return f"/t/{tenant}/retention/exceptions/"
