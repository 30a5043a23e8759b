"""Forms of a configuration: draft, edit, publish, discard."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from apps.configurations import operations, texts
from apps.configurations.forms import PayloadForm
from apps.configurations.models import RuntimeConfiguration
from apps.core.access import needs
from apps.core.errors import Invalid, NotFound
from apps.core.forms import ReasonForm, confirmation, form_page, retype
from apps.core.htmx import posted

WRITE = "runtime.configurations.write"
FORM = "configurations/configuration_form.html"


@needs(WRITE)
def configuration_draft(request: Any, tenant: str, environment_id: UUID) -> HttpResponse:
    """Begins with the version that `?from=` names, the Published one unless told."""
    begun = _begun_from(environment_id, request.GET.get("from", ""))
    form = _payload_form(request, begun.payload if begun else {})
    return _form(
        request,
        form,
        lambda: _told(form, lambda: operations.draft_configuration(payload=_payload(form))),
        {"title": "Draft a configuration", "submit": "Save the draft"},
        done="{} is drafted.",
    )


@needs(WRITE)
def configuration_edit(
    request: Any, tenant: str, environment_id: UUID, configuration_id: UUID
) -> HttpResponse:
    """Whoever comes second sees both texts; saved again, theirs replaces what stands there."""
    configuration = _configuration(environment_id, configuration_id)
    form = _payload_form(request, configuration.payload, made_from=configuration.checksum)
    context = {
        "title": f"Edit {configuration}", "submit": "Save the draft",
        "configuration": configuration,
    }  # fmt: skip
    if not configuration.can("publish"):
        context["warning"] = f"It is {configuration.status} and does not change: draft from it."

    def run() -> RuntimeConfiguration:
        began = form.cleaned_data["made_from"]
        try:
            return operations.edit_configuration(
                configuration_id, payload=_payload(form), made_from=began
            )
        except operations.Stale as stale:
            context["theirs"] = texts.write(stale.there.payload, form.cleaned_data["format"])
            retype(form, "made_from", stale.there.checksum)
            raise

    return _form(request, form, lambda: _told(form, run), context, done="{} is saved.")


@needs(WRITE)
def configuration_publish(
    request: Any, tenant: str, environment_id: UUID, configuration_id: UUID
) -> HttpResponse:
    return _verb(
        request, _configuration(environment_id, configuration_id), "Publish",
        operations.publish_configuration, "{} is published.",
    )  # fmt: skip


@needs(WRITE)
def configuration_discard(
    request: Any, tenant: str, environment_id: UUID, configuration_id: UUID
) -> HttpResponse:
    return _verb(
        request, _configuration(environment_id, configuration_id), "Discard",
        operations.discard_configuration, "{} is discarded.", danger=True,
        warning="Final. Its number is not given again.",
    )  # fmt: skip


def _verb(
    request: Any,
    configuration: RuntimeConfiguration,
    verb: str,
    operation: Callable[..., RuntimeConfiguration],
    done: str,
    **context: Any,
) -> HttpResponse:
    form = ReasonForm(posted(request), confirm=confirmation(request.door))
    return _form(
        request,
        form,
        lambda: operation(configuration.id, reason=form.cleaned_data["reason"]),
        {"title": f"{verb} {configuration}", "submit": verb, "configuration": configuration,
         **context},
        done=done,
    )  # fmt: skip


def _form(
    request: Any,
    form: Any,
    run: Callable[[], RuntimeConfiguration],
    context: dict[str, Any],
    *,
    done: str,
) -> HttpResponse:
    here = f"/t/{request.door.tenant_id}/environments/{request.door.environment_id}/"
    there = context.get("configuration")
    context["cancel_url"] = f"{here}configurations/{there.id}/" if there else here
    return form_page(
        request,
        form,
        FORM,
        context,
        run=run,
        to=lambda made: f"{here}configurations/{made.id}/",
        done=lambda made: done.format(made).capitalize(),
    )


def _payload_form(request: Any, payload: Any, made_from: str = "") -> PayloadForm:
    written = request.GET.get("format", "yaml")
    format = written if written in dict(texts.FORMATS) else "yaml"
    return PayloadForm(
        posted(request),
        request.FILES or None,
        confirm=confirmation(request.door),
        initial={
            "format": format, "made_from": made_from,
            "text": texts.write(payload, format) if payload else "",
        },
    )  # fmt: skip


def _payload(form: PayloadForm) -> Any:
    return form.cleaned_data["payload"]


def _told(form: PayloadForm, run: Callable[[], RuntimeConfiguration]) -> RuntimeConfiguration:
    """What the operation refuses of the payload stands beside the text, with its line."""
    try:
        return run()
    except Invalid as error:
        raise texts.located(error, form.cleaned_data["text"]) from error


def _begun_from(environment_id: UUID, wanted: str) -> RuntimeConfiguration | None:
    here = RuntimeConfiguration.objects.filter(environment_id=environment_id)
    if not wanted:
        return here.filter(status="Published").first()
    try:
        return get_object_or_404(here, id=UUID(wanted))
    except ValueError as error:
        raise NotFound from error


def _configuration(environment_id: UUID, configuration_id: UUID) -> RuntimeConfiguration:
    return get_object_or_404(
        RuntimeConfiguration, id=configuration_id, environment_id=environment_id
    )
