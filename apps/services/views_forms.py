"""Forms of one service: make, edit, and its verbs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.forms import ReasonForm, confirmation, form_page
from apps.core.htmx import posted
from apps.services import operations
from apps.services.forms import ChangeForm, ServiceForm
from apps.services.models import RuntimeService
from apps.services.specs import FIELDS, ServiceSpec

WRITE = "runtime.services.write"
FORM = "services/service_form.html"
FINAL = "Final: a retired service is never live again. Its row is kept for its window."


@needs(WRITE)
def service_create(request: Any, tenant: str, environment_id: UUID) -> HttpResponse:
    form = ServiceForm(posted(request), confirm=confirmation(request.door), initial={"replicas": 1})

    def run() -> RuntimeService:
        spec = ServiceSpec(**form.wanted())
        return operations.create_services([spec], reason=form.cleaned_data["reason"])[0]

    return _form(request, form, run, title="New service", submit="Make it", done="{} is made.")


@needs(WRITE)
def service_edit(request: Any, tenant: str, environment_id: UUID, service_id: UUID) -> HttpResponse:
    service = _service(environment_id, service_id)
    form = ChangeForm(
        posted(request),
        confirm=confirmation(request.door),
        initial={name: getattr(service, name) for name in FIELDS},
    )

    def run() -> RuntimeService:
        why = form.cleaned_data["reason"]
        return operations.change_service(service_id, reason=why, **form.wanted())

    return _form(
        request, form, run, service, title=f"Edit {service}", submit="Save", done="{} is saved."
    )


@needs(WRITE)
def service_run(request: Any, tenant: str, environment_id: UUID, service_id: UUID) -> HttpResponse:
    return _verb(request, environment_id, service_id, "Run", operations.run_service)


@needs(WRITE)
def service_degrade(
    request: Any, tenant: str, environment_id: UUID, service_id: UUID
) -> HttpResponse:
    return _verb(request, environment_id, service_id, "Degrade", operations.degrade_service)


@needs(WRITE)
def service_stop(request: Any, tenant: str, environment_id: UUID, service_id: UUID) -> HttpResponse:
    return _verb(request, environment_id, service_id, "Stop", operations.stop_service)


@needs(WRITE)
def service_start(
    request: Any, tenant: str, environment_id: UUID, service_id: UUID
) -> HttpResponse:
    return _verb(request, environment_id, service_id, "Start", operations.start_service)


@needs(WRITE)
def service_retire(
    request: Any, tenant: str, environment_id: UUID, service_id: UUID
) -> HttpResponse:
    return _verb(
        request, environment_id, service_id, "Retire", operations.retire_service, warning=FINAL
    )


def _verb(
    request: Any,
    environment_id: UUID,
    service_id: UUID,
    verb: str,
    operation: Callable[..., RuntimeService],
    *,
    warning: str = "",
) -> HttpResponse:
    service = _service(environment_id, service_id)
    # What ends for good is typed everywhere, not only in production.
    typed = confirmation(request.door) or (service.module_id if warning else "")
    form = ReasonForm(posted(request), confirm=typed)
    return _form(
        request,
        form,
        lambda: operation(service_id, reason=form.cleaned_data["reason"]),
        service,
        title=f"{verb} {service}",
        submit=verb,
        warning=warning,
        danger=bool(warning),
        done="{} is {}.",
    )


def _form(
    request: Any,
    form: Form,
    run: Callable[[], RuntimeService],
    service: RuntimeService | None = None,
    *,
    done: str,
    **context: Any,
) -> HttpResponse:
    here = f"/t/{request.door.tenant_id}/environments/{request.door.environment_id}/"
    back = f"{here}services/{service.id}/" if service else here
    return form_page(
        request,
        form,
        FORM,
        {"service": service, "cancel_url": back, **context},
        run=run,
        to=lambda made: f"{here}services/{made.id}/",
        done=lambda made: done.format(made, made.status),
    )


def _service(environment_id: UUID, service_id: UUID) -> RuntimeService:
    return get_object_or_404(RuntimeService, id=service_id, environment_id=environment_id)
