"""A verb of many services: who was ticked, what will be done, and how it ended for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.core.access import needs
from apps.core.errors import Invalid, NotFound, PortalError
from apps.core.forms import retype
from apps.core.htmx import page, posted
from apps.services import operations
from apps.services.forms import ManyForm
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_tenant
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.queries import admitted

VERBS: dict[str, Callable[..., Any]] = {
    "stop": operations.stop_service,
    "start": operations.start_service,
    "retire": operations.retire_service,
}
MOST = 200


@dataclass
class Ticked:
    """One environment with those of its services that were ticked; how it ended, by service."""

    binding: RuntimeTenantBinding
    services: list[RuntimeService] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


@needs("runtime.services.write")
def service_selected(request: Any, tenant: str) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    verb = given.get("verb", "")
    if verb and verb not in VERBS:
        raise Invalid.field("verb", f"must be one of {', '.join(VERBS)}.")
    ticked = _ticked(request.door, given.getlist("service"))
    count = sum(len(one.services) for one in ticked)
    is_prod = any(one.binding.stage == "prod" for one in ticked)
    word = verb if verb == "retire" else "prod" if is_prod else ""
    form = ManyForm(posted(request), confirm=word, initial={"chosen": count})
    context = {
        "verb": verb, "ticked": ticked, "count": count, "form": form, "final": verb == "retire",
        "keys": [f"{s.environment_id}/{s.id}" for one in ticked for s in one.services],
    }  # fmt: skip
    if request.method != "POST":
        return page(request, "services/service_selected.html", context)
    if form.is_valid() and form.cleaned_data["chosen"] != count:
        form.add_error(None, f"The selection is now {count} and was not when you chose it.")
        retype(form, "chosen", count)
    if not verb or not count:
        form.add_error(None, "Choose services and a verb in the list.")
    if not form.is_valid():
        return page(request, "services/service_selected.html", context, status=422)
    for one in ticked:
        _do(request.door, one, VERBS[verb], form.cleaned_data["reason"])
    refused = sum(len(one.refused) for one in ticked)
    context |= {"is_done": True, "refused": refused, "done": count - refused}
    return page(request, "services/service_selected.html", context)


def _ticked(door: Any, keys: Sequence[str]) -> list[Ticked]:
    """By environment; what is not (or no longer) there for this person is left out."""
    wanted: dict[UUID, list[UUID]] = {}
    for key in dict.fromkeys(keys[: MOST + 1]):
        environment, _, service = key.partition("/")
        try:
            wanted.setdefault(UUID(environment), []).append(UUID(service))
        except ValueError as error:
            raise Invalid.field("service", "is not a row of the list.") from error
    if len(keys) > MOST:
        raise Invalid.field("service", f"must be at most {MOST} rows at once.")
    found = []
    for environment_id, binding in admitted(wanted).items():
        one = Ticked(binding)
        try:
            with _entering(door, environment_id):
                rows = RuntimeService.objects.filter(
                    environment_id=environment_id, id__in=wanted[environment_id]
                )
                one.services = list(rows.order_by("module_id", "id"))
        except NotFound:
            continue
        found.append(one)
    return sorted(found, key=lambda one: one.binding.environment_name)


def _do(door: Any, one: Ticked, operation: Callable[..., Any], reason: str) -> None:
    """Each by itself: what one refuses does not hold up the others."""
    for place, service in enumerate(one.services):
        try:
            with _entering(door, service.environment_id):
                one.services[place] = operation(service.id, reason=reason)
        except PortalError as error:
            one.refused[service.id] = error.message


def _entering(door: Any, environment_id: UUID) -> Any:
    return enter_tenant(
        door.tenant_id, actor=door.actor, environment_id=environment_id, writing=door.writing
    )
