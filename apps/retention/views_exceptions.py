"""Governance exceptions, for officers: another than who asked decides."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import ReasonForm
from apps.core.htmx import Filter, filtered, filters, keyset_page, page, posted
from apps.retention.exceptions import approve_exception, refuse_exception, withdraw_exception
from apps.retention.forms import SignForm
from apps.retention.models import ExceptionStatus, GovernanceException
from apps.retention.views_common import EXCEPTIONS, READ, WRITE, crumbs, verb_page


@needs(READ)
def exception_list(request: Any) -> HttpResponse:
    return listed(request, GovernanceException.objects.all(), EXCEPTIONS)


@needs(READ)
def exception_detail(request: Any, exception_id: UUID) -> HttpResponse:
    return shown(request, get_object_or_404(GovernanceException, id=exception_id), EXCEPTIONS)


@needs(WRITE)
def exception_approve(request: Any, exception_id: UUID) -> HttpResponse:
    form = ReasonForm(posted(request))
    return signed(
        request, exception_id, form, "Approve", EXCEPTIONS,
        lambda: approve_exception(exception_id, reason=form.cleaned_data["reason"]),
        warning="What it covers now is frozen, row by row. A run that names it lets those go that "
        "have not changed and that no hold, no use and no longer window keeps.",
    )  # fmt: skip


@needs(WRITE)
def exception_refuse(request: Any, exception_id: UUID) -> HttpResponse:
    form = ReasonForm(posted(request))
    return signed(
        request, exception_id, form, "Refuse", EXCEPTIONS,
        lambda: refuse_exception(exception_id, reason=form.cleaned_data["reason"]),
    )  # fmt: skip


@needs(WRITE)
def exception_withdraw(request: Any, exception_id: UUID) -> HttpResponse:
    return withdrawn(request, exception_id, EXCEPTIONS)


def listed(request: Any, rows: Any, home: str) -> HttpResponse:
    """The list, for officers or of one tenant."""
    given = (Filter("status", "Status", [("", "Any status"), *ExceptionStatus.choices], "status"),)
    state = filters(request, *given)
    context = {
        "page": keyset_page(request, [rows.filter(filtered(request, *given))], order=("-id",)),
        "home": home,
        "breadcrumbs": crumbs(request, ("Exceptions", home)),
        "partials": ("results",),
        **state,
    }
    return page(request, "retention/exception_list.html", context)


def shown(request: Any, found: GovernanceException, home: str) -> HttpResponse:
    context = {
        "shown": found,
        "home": home,
        "breadcrumbs": crumbs(request, ("Exceptions", home), (str(found), "")),
    }
    return page(request, "retention/exception_detail.html", context)


def withdrawn(request: Any, exception_id: UUID, home: str) -> HttpResponse:
    found = get_object_or_404(GovernanceException, id=exception_id)
    form = SignForm(posted(request), confirm=found.tenant_id)
    return signed(
        request, exception_id, form, "Withdraw", home, lambda: withdraw_exception(exception_id),
        warning="Nothing goes by it any more, for good.",
    )  # fmt: skip


def signed(
    request: Any, exception_id: UUID, form: forms.Form, verb: str, home: str,
    run: Callable[[], Any], warning: str = "",
) -> HttpResponse:  # fmt: skip
    found = get_object_or_404(GovernanceException, id=exception_id)
    return verb_page(
        request,
        form,
        template="retention/exception_form.html",
        title=f"{verb}: {found} of {found.tenant_id}",
        submit=verb,
        back=f"{home}{exception_id}/",
        above=("Exceptions", home),
        run=run,
        done="Done.",
        context={"warning": warning},
    )
