"""One box for everything of a tenant."""

from typing import Any

from django.http import HttpResponse

from apps.core.access import needs
from apps.core.htmx import filters, page
from apps.search.results import environments_found, sections_found
from apps.tenant_bindings.queries import environment_filter, live_bindings


@needs("runtime.environments.read")
def search_results(request: Any, tenant: str) -> HttpResponse:
    bindings = live_bindings()
    given = environment_filter(bindings)
    state = filters(request, given)
    environment = given.chosen(request)
    context = {
        "bindings": {binding.environment_id: binding for binding in bindings},
        "environments": environments_found(bindings, state["query"], environment),
        "sections": sections_found(request.door, state["query"], environment),
        "environment": environment,
        "partials": ("results",),
        **state,
    }
    return page(request, "search/search_results.html", context)
