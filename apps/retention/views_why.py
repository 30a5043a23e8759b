"""Why is this here: one page for any row of the tenant, found by its id alone."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.core.access import needs
from apps.core.errors import Invalid
from apps.core.htmx import page
from apps.retention.queries import purged
from apps.retention.why import why
from apps.tenant_bindings.queries import admitted


@needs("runtime.environments.read")
def retention_why(request: Any, tenant: str) -> HttpResponse:
    """For whoever reads the tenant's rows. 404 where the id is of none, or of another's."""
    wanted = request.GET.get("id", "").strip()[:64]
    context: dict[str, Any] = {"wanted": wanted}
    if not wanted:
        return page(request, "retention/retention_why.html", context)
    row_id = _id(wanted)
    found = why(request.door, row_id)
    context |= {"why": found, "gone": None if found else purged([row_id]).get(row_id)}
    if found:
        bindings = admitted([found.row.environment_id])
        context["binding"] = bindings.get(found.row.environment_id)
    status = 200 if found or context["gone"] else 404
    return page(request, "retention/retention_why.html", context, status=status)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid.field("id", f"'{text}' is no id.") from error
