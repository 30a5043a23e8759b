"""A tenant's API clients. A token is on one page, once, and in no message, cookie or log."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import TOKEN_SCOPES, needs
from apps.core.forms import form_page
from apps.core.htmx import Filter, filters, keyset_page, page, posted
from apps.people.forms import ApiClientForm
from apps.people.models import ApiClient
from apps.people.operations import create_api_client, revoke_api_client
from apps.people.views_common import verb_page, why

READ, WRITE = "runtime.clients.read", "runtime.clients.write"
REVOKED = (("no", "Not revoked"), ("yes", "Revoked"))


def _base(tenant: str) -> str:
    return f"/t/{tenant}/api-clients/"


@needs(READ, control_plane=True)
def api_client_list(request: Any, tenant: str) -> HttpResponse:
    given = Filter("revoked", "Revoked", [("", "All"), *REVOKED])
    state = filters(request, given)
    rows = ApiClient.objects.filter(tenant_id=tenant)
    if chosen := given.chosen(request):
        rows = rows.filter(revoked_at__isnull=chosen == "no")
    if state["query"]:
        rows = rows.filter(name__prefix=state["query"])
    found = keyset_page(request, [rows], order=("-id",))
    context = {"page": found, "base": _base(tenant), "partials": ("results",), **state}
    return page(request, "people/api_client_list.html", context)


@needs(WRITE, control_plane=True)
def api_client_create(request: Any, tenant: str) -> HttpResponse:
    scopes = sorted(TOKEN_SCOPES & request.door.rights.scopes)
    form = ApiClientForm(posted(request), scopes=scopes)
    made: list[tuple[ApiClient, str]] = []
    back = _base(tenant)
    context = {"title": "Make an API client", "submit": "Make it", "cancel_url": back}
    response = form_page(
        request,
        form,
        "people/people_form.html",
        context,
        run=lambda: made.append(create_api_client(tenant_id=tenant, **form.cleaned_data)),
        to=back,
    )
    if not made:
        return response
    client, token = made[0]
    shown = page(request, "people/api_client_token.html", {"client": client, "token": token})
    shown["Cache-Control"] = "no-store"
    return shown


@needs(WRITE, control_plane=True)
def api_client_revoke(request: Any, tenant: str, client_id: UUID) -> HttpResponse:
    client = get_object_or_404(ApiClient, id=client_id, tenant_id=tenant)
    return verb_page(
        request,
        title=f"Revoke {client.name}",
        submit="Revoke",
        back=_base(tenant),
        run=lambda form: revoke_api_client(client_id, reason=why(form)),
        done=f"{client.name} is revoked: its token is unknown from now on.",
        danger=True,
        warning="Whatever uses this token is refused from its next request on. This is for good.",
    )
