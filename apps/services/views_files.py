"""Services as a file: export, and import after a dry run."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core import door, tables
from apps.core.access import needs
from apps.core.errors import Invalid, NotFound
from apps.core.forms import ConfirmedForm, ReasonForm, confirmation
from apps.core.htmx import attempt, page, posted
from apps.deployments.models import DeploymentStatus, RuntimeDeployment
from apps.services.forms import ImportForm
from apps.services.imports import (
    COLUMNS,
    Plan,
    export_services,
    import_services,
    plan_import,
    roll_out_services,
)


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
    """Posted once it shows what would be done; posted with `apply` it does that.

    `?deployment=…`: as the work of that one, while it is RollingOut.
    """
    deployment = _rolling_out(request.GET.get("deployment", ""))
    form = ImportForm(posted(request), request.FILES or None, initial={"format": "csv"})
    is_last = "apply" in request.POST
    last = (ConfirmedForm if deployment else ReasonForm)(
        request.POST if is_last else None, confirm=confirmation(request.door), prefix="last"
    )
    context: dict[str, Any] = {
        "form": form, "last": last, "columns": COLUMNS, "deployment": deployment,
    }  # fmt: skip
    if request.method != "POST":
        return page(request, "services/service_import.html", context)
    if not form.is_valid():
        return page(request, "services/service_import.html", context, status=422)
    rows = form.cleaned_data["rows"]
    context |= {"plan": plan_import(rows), "text": form.cleaned_data["text"]}
    if is_last and last.is_valid():
        context["imported"] = attempt(last, lambda: _import(rows, last, deployment))
    refused = bool(context["plan"].refused) or (is_last and not last.is_valid())
    status = 422 if refused else 200
    return page(request, "services/service_import.html", context, status=status)


def _rolling_out(told: str) -> RuntimeDeployment | None:
    """The deployment of that id, while it takes services; NotFound for any other."""
    if not told:
        return None
    here = RuntimeDeployment.objects.filter(
        environment_id=door.environment(), status=DeploymentStatus.ROLLING_OUT
    )
    try:
        return get_object_or_404(here, id=UUID(told))
    except ValueError as error:
        raise NotFound("No such deployment is rolling out here.") from error


def _import(rows: Any, last: ConfirmedForm, deployment: RuntimeDeployment | None) -> Plan:
    if deployment:
        return roll_out_services(rows, deployment_id=deployment.id)
    return import_services(rows, reason=last.cleaned_data["reason"])
