"""Freezes of a tenant: its own, and the platform's for reading."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import ReasonForm, form_page
from apps.core.htmx import Filter, filtered, filters, keyset_page, page, posted
from apps.freezes.forms import TenantFreezeForm
from apps.freezes.models import Freeze, FreezeStatus
from apps.freezes.operations import create_freeze, end_freeze
from apps.freezes.queries import shown
from apps.tenant_bindings.queries import admitted, live_bindings

READ, WRITE = "runtime.freezes.read", "runtime.freezes.write"


@needs(READ)
def freeze_list(request: Any, tenant: str) -> HttpResponse:
    return listed(request, tenant, f"/t/{tenant}/freezes/")


@needs(WRITE)
def freeze_create(request: Any, tenant: str) -> HttpResponse:
    form = TenantFreezeForm(posted(request), bindings=live_bindings())
    return made(request, form, f"/t/{tenant}/freezes/")


@needs(WRITE)
def freeze_end(request: Any, tenant: str, freeze_id: UUID) -> HttpResponse:
    return ended(request, tenant, freeze_id, f"/t/{tenant}/freezes/")


def listed(request: Any, whose: str, home: str) -> HttpResponse:
    """The list, of a tenant or (`platform`) of all."""
    given = (Filter("status", "Status", [("", "Any status"), *FreezeStatus.choices], "status"),)
    state = filters(request, *given)
    rows = shown(whose).filter(filtered(request, *given))
    found = keyset_page(request, [rows], order=("-id",))
    wanted = [row.environment_id for row in found.rows if row.environment_id]
    context = {
        **_around(request, "Freezes", home),
        "page": found,
        "whose": whose,
        "home": home,
        "bindings": admitted(wanted) if wanted else {},
        "partials": ("results",),
        **state,
    }
    return page(request, "freezes/freeze_list.html", context)


def made(request: Any, form: Any, home: str) -> HttpResponse:
    context = {
        **_around(request, "New freeze", home),
        "submit": "Freeze",
        "warning": "While it holds, no deployment starts where it says: no import, no change by "
        "hand, no rollback. What is under way goes on.",
    }
    return form_page(
        request,
        form,
        "freezes/freeze_form.html",
        context,
        run=lambda: create_freeze(**form.fields_of()),
        to=home,
        done="The freeze stands.",
    )


def ended(request: Any, whose: str, freeze_id: UUID, home: str) -> HttpResponse:
    freeze = get_object_or_404(Freeze, id=freeze_id, tenant_id=whose)
    form = ReasonForm(posted(request), confirm=whose)
    context = {
        **_around(request, f"End the freeze “{freeze}”", home),
        "submit": "End it",
        "warning": "It ends at once, for good: deployments may start again where it held.",
        "danger": True,
    }
    return form_page(
        request,
        form,
        "freezes/freeze_form.html",
        context,
        run=lambda: end_freeze(freeze_id, reason=form.cleaned_data["reason"]),
        to=home,
        done="The freeze has ended.",
    )


def _around(request: Any, title: str, home: str) -> dict[str, Any]:
    start = home.removesuffix("freezes/")
    crumbs = [
        {"label": request.door.tenant_name or "Platform", "url": start},
        {"label": "Freezes", "url": home if title != "Freezes" else ""},
    ]
    if title != "Freezes":
        crumbs.append({"label": title, "url": ""})
    return {"title": title, "breadcrumbs": crumbs, "cancel_url": home}
