"""A tenant's audit trail: its partitions' chains and the one in the control plane, as one list."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse

from apps.audit_trail.filters import about, narrowing
from apps.audit_trail.queries import entry_context, trail_here
from apps.core.access import needs
from apps.core.htmx import page, words_of
from apps.core.lists import list_page
from apps.tenant_bindings.context import each_chain
from apps.tenant_bindings.queries import admitted, environment_filter

ORDER = ("-shown_at", "-id")
READ = "runtime.audit.read"
COLUMNS = ("When", "Who", "Object", "Environment", "Reason")


@needs(READ)
def entry_list(request: Any, tenant: str) -> HttpResponse:
    environments = environment_filter()
    given = (environments, *narrowing())
    names = {UUID(key): name for key, name in environments.options if key}
    return list_page(
        request,
        "audit_trail/entry_list.html",
        given,
        lambda condition: [
            rows.filter(condition & about(words_of(request))) for rows in trail_here()
        ],
        order=ORDER,
        places=each_chain(request.door),
        columns=COLUMNS,
        more=lambda found: {"environments": names},
    )


@needs(READ)
def entry_detail(request: Any, tenant: str, entry_id: UUID) -> HttpResponse:
    found = [
        entry
        for _ in each_chain(request.door)
        for rows in trail_here()
        for entry in rows.filter(id=entry_id)
    ]
    if not found:
        raise Http404
    where = found[0].environment_id
    context = entry_context(found[0])
    context["binding"] = admitted([where]).get(where) if where else None
    return page(request, "audit_trail/entry_detail.html", context)
