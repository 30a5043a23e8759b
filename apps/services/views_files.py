"""Services as a file: export, and import after a dry run."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from apps.core import tables
from apps.core.access import needs
from apps.core.errors import Invalid
from apps.core.forms import ReasonForm, confirmation
from apps.core.htmx import attempt, page, posted
from apps.services.forms import ImportForm
from apps.services.imports import COLUMNS, export_services, import_services, plan_import


@needs("runtime.services.read")
def service_export(request: HttpRequest, tenant: str, environment_id: UUID) -> HttpResponse:
    """`?format=csv|json|yaml`; what the import takes, and takes again without a change."""
    format = request.GET.get("format", "csv")
    if format not in tables.FORMATS:
        raise Invalid.field("format", f"must be one of {', '.join(tables.FORMATS)}.")
    text = tables.write(export_services(), COLUMNS, format)
    response = HttpResponse(text, content_type=f"{tables.FORMATS[format]}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="services.{format}"'
    return response


@needs("runtime.services.write")
def service_import(request: Any, tenant: str, environment_id: UUID) -> HttpResponse:
    """Posted once it shows what would be done; posted with `apply` it does that."""
    form = ImportForm(posted(request), request.FILES or None, initial={"format": "csv"})
    is_last = "apply" in request.POST
    last = ReasonForm(
        request.POST if is_last else None, confirm=confirmation(request.door), prefix="last"
    )
    context: dict[str, Any] = {"form": form, "last": last, "columns": COLUMNS}
    if request.method != "POST":
        return page(request, "services/service_import.html", context)
    if not form.is_valid():
        return page(request, "services/service_import.html", context, status=422)
    rows = form.cleaned_data["rows"]
    context |= {"plan": plan_import(rows), "text": form.cleaned_data["text"]}
    if is_last and last.is_valid():
        why = last.cleaned_data["reason"]
        context["imported"] = attempt(last, lambda: import_services(rows, reason=why))
    refused = bool(context["plan"].refused) or (is_last and not last.is_valid())
    status = 422 if refused else 200
    return page(request, "services/service_import.html", context, status=status)
