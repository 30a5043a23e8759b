"""What the pages of a tenant's people and of the platform's share: the list, one verb's form."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from apps.core.access import PLATFORM_ROLES, TENANT_ROLES
from apps.core.forms import ReasonForm, form_page
from apps.core.htmx import Filter, filters, keyset_page, posted
from apps.people.models import Invitation, Membership, Person
from apps.people.queries import people_of

SHOWN = 50  # invitations and visits beside a list, newest first


def somebody_of(place: str, person_id: Any) -> Person:
    """404 for who has no live role there: also for who has one elsewhere."""
    found: Person | None = people_of(place).filter(id=person_id).first()
    if found is None:
        raise Http404
    return found


def list_context(request: HttpRequest, place: str, base: str) -> dict[str, Any]:
    """A page of people with their roles there, and the newest invitations: three queries."""
    roles = PLATFORM_ROLES if base.startswith("/platform/") else TENANT_ROLES
    given = (Filter("role", "Role", [("", "Any role"), *[(r.value, r.value) for r in roles]]),)
    state = filters(request, *given)
    role = given[0].chosen(request)
    rows = people_of(place, **({"role": role} if role else {}))
    if state["query"]:
        rows = rows.filter(email__prefix=state["query"].lower())
    found = keyset_page(request, [rows], order=("email",))
    held: dict[Any, list[Membership]] = {}
    for membership in Membership.objects.filter(
        tenant_id=place, ended_at=None, person_id__in=[row.id for row in found.rows]
    ).order_by("role"):
        held.setdefault(membership.person_id, []).append(membership)
    return {
        "page": found,
        "held": held,
        "base": base,
        "invitations": Invitation.objects.filter(tenant_id=place).order_by("-id")[:SHOWN],
        "partials": ("results",),
        **state,
    }


def verb_page(
    request: HttpRequest,
    *,
    title: str,
    submit: str,
    back: str,
    run: Callable[[forms.Form], Any],
    done: str,
    form: forms.Form | None = None,
    to: str = "",
    **context: Any,
) -> HttpResponse:
    """The page of one verb: asks why (or what `form` asks), then runs it and goes `to` or back."""
    asked = form if form is not None else ReasonForm(posted(request))
    return form_page(
        request,
        asked,
        "people/people_form.html",
        {"title": title, "submit": submit, "cancel_url": back, **context},
        run=lambda: run(asked),
        to=to or back,
        done=done,
    )


def why(form: forms.Form) -> str:
    return str(form.cleaned_data["reason"])
