"""Windows, for governance officers: lengthened at once, led back by two and 72 hours."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.htmx import keyset_page, page, posted
from apps.retention.foretold import of_window
from apps.retention.forms import ReturnForm, SignForm, WindowForm
from apps.retention.models import RetentionPolicy, WindowReturn
from apps.retention.operations import set_retention
from apps.retention.returns import ask_return, confirm_return, decline_return
from apps.retention.views_common import READ, WINDOWS, WRITE, crumbs, verb_page

_ABOVE = ("Windows", WINDOWS)
SHOWN = 50  # ways back beside the versions, newest first


@needs(READ)
def window_list(request: Any) -> HttpResponse:
    context = {
        "page": keyset_page(request, [RetentionPolicy.objects.all()], order=("-id",)),
        "returns": WindowReturn.objects.order_by("-id")[:SHOWN],
        "breadcrumbs": crumbs(request, _ABOVE),
        "partials": ("results",),
    }
    return page(request, "retention/window_list.html", context)


@needs(WRITE)
def window_lengthen(request: Any) -> HttpResponse:
    form = WindowForm(posted(request))
    return _verb(
        request, form, "Lengthen a window", "Lengthen", "The longer window is in force.",
        lambda: set_retention(**_given(form)),
        {"warning": "In force at once, and for what exists. The way back takes two officers."},
    )  # fmt: skip


@needs(WRITE)
def window_return(request: Any) -> HttpResponse:
    form = ReturnForm(posted(request))
    if form.is_bound:
        form.is_valid()
    return _verb(
        request, form, "Ask for the way back", "Ask",
        "Asked: a second officer confirms.", lambda: ask_return(**_given(form)),
        {
            "preview": form.preview,
            "warning": "Towards the floor and never below it: in force 72 hours after a second "
            "officer has confirmed.",
        },
    )  # fmt: skip


@needs(WRITE)
def return_confirm(request: Any, window_return_id: UUID) -> HttpResponse:
    asked = get_object_or_404(WindowReturn, id=window_return_id)
    form = SignForm(posted(request), confirm=asked.tenant_id)
    return _verb(
        request, form, f"Confirm the way back of {asked.tenant_id}, {asked}", "Confirm",
        "In force in 72 hours.", lambda: confirm_return(window_return_id),
        {
            "preview": of_window(asked.tenant_id, asked.data_class, asked.days),
            "warning": "In 72 hours the shorter window is in force.",
            "danger": True,
        },
    )  # fmt: skip


@needs(WRITE)
def return_decline(request: Any, window_return_id: UUID) -> HttpResponse:
    asked = get_object_or_404(WindowReturn, id=window_return_id)
    form = SignForm(posted(request), confirm=asked.tenant_id)
    return _verb(
        request, form, f"Decline the way back of {asked.tenant_id}, {asked}", "Decline",
        "The window stays as it is.", lambda: decline_return(window_return_id), {},
    )  # fmt: skip


def _given(form: Any) -> dict[str, Any]:
    given = form.cleaned_data
    names = ("data_class", "days", "reason")
    return {**{name: given[name] for name in names}, "tenant_id": given["tenant_id"] or None}


def _verb(
    request: Any, form: Any, title: str, submit: str, done: str, run: Any, context: dict[str, Any]
) -> HttpResponse:
    return verb_page(
        request, form, template="retention/window_form.html", title=title, submit=submit,
        back=WINDOWS, above=_ABOVE, run=run, done=done, context=context,
    )  # fmt: skip
