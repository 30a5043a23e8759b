"""A tenant's audit trail: its partitions' chains and the one in the control plane, as one list."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse

from apps.audit_trail.filters import about, narrowing
from apps.audit_trail.queries import each_trail, entry_context, rows
from apps.core.access import needs
from apps.core.htmx import filtered, filters, keyset_page, page
from apps.tenant_bindings.queries import admitted, environment_filter

ORDER = ("-shown_at", "-id")
READ = "runtime.audit.read"


@needs(READ)
def entry_list(request: Any, tenant: str) -> HttpResponse:
    environments = environment_filter()
    given = (environments, *narrowing())
    state = filters(request, *given)
    condition = filtered(request, *given) & about(state["query"])
    found = keyset_page(
        request,
        (rows(model).filter(condition, tenant_id=tenant) for model in each_trail(request.door)),
        order=ORDER,
    )
    names = {UUID(key): name for key, name in environments.options if key}
    context = {"page": found, "environments": names, "partials": ("results",), **state}
    return page(request, "audit_trail/entry_list.html", context)


@needs(READ)
def entry_detail(request: Any, tenant: str, entry_id: UUID) -> HttpResponse:
    found = [
        entry
        for model in each_trail(request.door)
        for entry in rows(model).filter(tenant_id=tenant, id=entry_id)
    ]
    if not found:
        raise Http404
    where = found[0].environment_id
    context = entry_context(found[0])
    context["binding"] = admitted([where]).get(where) if where else None
    return page(request, "audit_trail/entry_detail.html", context)
