"""Legal holds, for governance officers: placed by one, lifted by two."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import ReasonForm, form_page
from apps.core.htmx import Filter, filtered, filters, keyset_page, page, posted
from apps.retention.foretold import of_lifting
from apps.retention.forms import HoldForm, SignForm
from apps.retention.models import HoldStatus, LegalHold
from apps.retention.operations import keep_hold, lift_hold, place_hold, propose_lift
from apps.retention.views_common import HOLDS, READ, WRITE, crumbs, verb_page

_ABOVE = ("Holds", HOLDS)


@needs(READ)
def hold_list(request: Any) -> HttpResponse:
    given = (Filter("status", "Status", [("", "Any status"), *HoldStatus.choices], "status"),)
    state = filters(request, *given)
    rows = LegalHold.objects.filter(filtered(request, *given))
    if state["query"]:
        rows = rows.filter(tenant_id__prefix=state["query"].lower())
    context = {
        "page": keyset_page(request, [rows], order=("-id",)),
        "breadcrumbs": crumbs(request, _ABOVE),
        "partials": ("results",),
        **state,
    }
    return page(request, "retention/hold_list.html", context)


@needs(READ)
def hold_detail(request: Any, hold_id: UUID) -> HttpResponse:
    hold = get_object_or_404(LegalHold, id=hold_id)
    context = {"hold": hold, "breadcrumbs": crumbs(request, _ABOVE, (_name(hold), ""))}
    return page(request, "retention/hold_detail.html", context)


@needs(WRITE)
def hold_place(request: Any) -> HttpResponse:
    form = HoldForm(posted(request))
    context = {
        "title": "Place a hold",
        "submit": "Place the hold",
        "cancel_url": HOLDS,
        "breadcrumbs": crumbs(request, _ABOVE, ("Place a hold", "")),
        "warning": "At once nothing that it covers goes. Lifting it takes two officers.",
    }
    return form_page(
        request,
        form,
        "retention/hold_form.html",
        context,
        run=lambda: place_hold(**form.cleaned_data),
        to=lambda hold: f"{HOLDS}{hold.id}/",
        done="The hold is placed.",
    )


@needs(WRITE)
def hold_propose_lift(request: Any, hold_id: UUID) -> HttpResponse:
    form = ReasonForm(posted(request))
    return _verb(
        request, hold_id, form, "Propose to lift", "Proposed: a second officer lifts it.",
        lambda: propose_lift(hold_id, reason=form.cleaned_data["reason"]), lifts=True,
    )  # fmt: skip


@needs(WRITE)
def hold_keep(request: Any, hold_id: UUID) -> HttpResponse:
    hold = get_object_or_404(LegalHold, id=hold_id)
    form = SignForm(posted(request), confirm=hold.tenant_id)
    return _verb(
        request, hold_id, form, "Keep", "The hold stands.", lambda: keep_hold(hold_id), lifts=False
    )


@needs(WRITE)
def hold_lift(request: Any, hold_id: UUID) -> HttpResponse:
    hold = get_object_or_404(LegalHold, id=hold_id)
    form = SignForm(posted(request), confirm=hold.tenant_id)
    return _verb(
        request, hold_id, form, "Lift", "Lifted: what it covers is held for 30 days more.",
        lambda: lift_hold(hold_id), lifts=True,
    )  # fmt: skip


def _verb(
    request: Any, hold_id: UUID, form: forms.Form, verb: str, done: str, run: Callable[[], Any],
    *, lifts: bool,
) -> HttpResponse:  # fmt: skip
    hold = get_object_or_404(LegalHold, id=hold_id)
    warning = "It takes a second officer, and for 30 days all that it covers is still held."
    return verb_page(
        request,
        form,
        template="retention/hold_form.html",
        title=f"{verb}: {_name(hold)}",
        submit=verb,
        back=f"{HOLDS}{hold_id}/",
        above=_ABOVE,
        run=run,
        done=done,
        context={"preview": of_lifting(hold), "warning": warning, "danger": True} if lifts else {},
    )


def _name(hold: LegalHold) -> str:
    return f"hold {hold.number} of {hold.tenant_id}"
