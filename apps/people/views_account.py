"""One's own account: the time zone, and accepting an invitation, which comes before any account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.core.access import PLATFORM, Actor, needs
from apps.core.errors import NotFound
from apps.core.forms import form_page
from apps.core.htmx import page, posted
from apps.people.forms import AcceptForm, NewPersonForm, TimeZoneForm
from apps.people.invitations import Offer, accept_as, accept_as_new, offer
from apps.people.operations import hide_columns, set_time_zone

TEMPLATE = "people/invitation.html"


@needs("signed-in")
def account_time_zone(request: Any) -> HttpResponse:
    given = {"time_zone": request.user.time_zone}
    form = TimeZoneForm(posted(request), initial=given)
    return form_page(
        request,
        form,
        "people/people_form.html",
        {"title": "Your time zone", "submit": "Save", "cancel_url": "/"},
        run=lambda: set_time_zone(person_id=request.user.pk, name=form.cleaned_data["time_zone"]),
        to="/",
        done="Times are shown in that zone from now on.",
    )


@needs("signed-in")
@require_POST
def account_columns(request: Any) -> HttpResponse:
    """Of all `columns` of a list those `shown`; back to `next`, which htmx swaps in."""
    shown = request.POST.getlist("shown")
    hide_columns(
        person_id=request.user.pk,
        list_name=request.POST.get("list_name", ""),
        hidden=[name for name in request.POST.getlist("columns") if name not in shown],
    )
    there = request.POST.get("next", "")
    return redirect(there if url_has_allowed_host_and_scheme(there, None) else "/")


@needs("public")
@login_not_required
def account_invitation(request: Any, token: str) -> HttpResponse:
    """Somebody new sets name and password, a known person signs in and accepts.

    A token that is used, old, revoked or invented: one answer, and it says nothing of any tenant.
    """
    found = offer(token)
    signed_in = request.user.is_authenticated
    try:
        if found is None:
            raise NotFound
        if signed_in and request.user.email == found.email:
            response = _accept(request, token, found)
        elif signed_in or found.is_known:
            response = page(request, TEMPLATE, {"offer": found, "somebody_else": signed_in})
        else:
            response = _introduce(request, token, found)
    except NotFound:
        response = page(request, TEMPLATE, {"offer": None}, status=404)
    response["Cache-Control"] = "no-store"
    return response


def _accept(request: Any, token: str, found: Offer) -> HttpResponse:
    return form_page(
        request,
        AcceptForm(posted(request), initial={"accept": "yes"}),
        TEMPLATE,
        {"offer": found, "submit": "Accept"},
        run=lambda: accept_as(request.user, token=token, came=_came(request)),
        to=_inside(found),
        done=f"You are {found.role} of {found.name} now.",
    )


def _introduce(request: Any, token: str, found: Offer) -> HttpResponse:
    form = NewPersonForm(posted(request))

    def run() -> None:
        name, password = form.cleaned_data["name"], form.cleaned_data["password"]
        accept_as_new(token=token, name=name, password=password, came=_came(request))
        messages.success(request, f"Welcome to {found.name}. Sign in with your new password.")

    return form_page(
        request,
        form,
        TEMPLATE,
        {"offer": found, "submit": "Accept"},
        run=run,
        to=f"/accounts/login/?next={_inside(found)}",
    )


def _inside(found: Offer) -> str:
    return "/platform/" if found.tenant == PLATFORM else f"/t/{found.tenant}/"


def _came(request: Any) -> Actor:
    address, identifier = request.META.get("REMOTE_ADDR", ""), getattr(request, "request_id", "")
    return Actor("person", None, "", address, identifier)
