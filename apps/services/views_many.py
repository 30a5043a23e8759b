"""A verb of many services: which were chosen, what will be done, and how it ended for each.

Chosen are those that were ticked, or with `match=1` all that the filters of the list let through:
then the server finds them, when it asks and again when it acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse

from apps.core.access import needs
from apps.core.errors import Invalid, NotFound, PortalError
from apps.core.forms import retype
from apps.core.htmx import Filter, filtered, filters, page, posted, words_of
from apps.services.forms import ManyForm
from apps.services.models import RuntimeService
from apps.services.moves import VERBS, move_what_can
from apps.services.views import service_filters, services_listed
from apps.tenant_bindings.context import enter_tenant
from apps.tenant_bindings.models import BindingStatus, RuntimeTenantBinding
from apps.tenant_bindings.queries import admitted, live_bindings

MOST = 200  # ticked
MOST_MATCHED = 1000
AGAIN = 50  # of those refused, in one URL
NAMED = 20  # of each environment, before it is done


@dataclass
class Chosen:
    """One environment with those of its services that were chosen; how it ended, by service."""

    binding: RuntimeTenantBinding
    services: list[RuntimeService] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)

    @property
    def named(self) -> list[RuntimeService]:
        """Those that the page names: once it is done, all that were refused and the first done."""
        refused = [service for service in self.services if service.id in self.refused]
        others = [service for service in self.services if service.id not in self.refused]
        return [*refused, *others[:NAMED]]

    @property
    def unnamed(self) -> int:
        return len(self.services) - len(self.named)


@needs("runtime.services.write", control_plane=True)
def service_selected(request: Any, tenant: str) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    verb = given.get("verb", "")
    if verb and verb not in VERBS:
        raise Invalid.field("verb", f"must be one of {', '.join(VERBS)}.")
    matched = request.GET.get("match") == "1"
    chosen = _matched(request) if matched else _ticked(request.door, given.getlist("service"))
    count = sum(len(one.services) for one in chosen)
    is_prod = any(one.binding.stage == "prod" for one in chosen)
    word = verb if verb == "retire" else "prod" if is_prod else ""
    form = ManyForm(posted(request), confirm=word, initial={"chosen": count})
    context = {
        "verb": verb, "chosen": chosen, "count": count, "form": form, "final": verb == "retire",
        "keys": [] if matched else _keys(chosen), "scope": _scope(request) if matched else [],
        "back": _back(request) if matched else "",
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
    for one in chosen:
        _do(request.door, one, verb, form.cleaned_data["reason"])
    refused = [s for one in chosen for s in one.services if s.id in one.refused]
    context |= {"is_done": True, "refused": len(refused), "done": count - len(refused),
                "again": [f"{s.environment_id}/{s.id}" for s in refused[:AGAIN]]}  # fmt: skip
    return page(request, "services/service_selected.html", context)


def _keys(chosen: Sequence[Chosen]) -> list[str]:
    return [f"{s.environment_id}/{s.id}" for one in chosen for s in one.services]


def _scope(request: Any) -> list[str]:
    """The filters in words: what is not narrowed, too."""
    state = filters(request, *service_filters())
    said = [
        f"{select['label']}: {option['label']}"
        for select in state["filters"]
        for option in select["options"]
        if option["selected"]
    ]
    return [*said, *([f"begins with “{state['query']}”"] if state["query"] else [])]


def _back(request: Any) -> str:
    left = request.GET.copy()
    for name in ("match", "verb", "service"):
        left.pop(name, None)
    return str(left.urlencode())


def _matched(request: Any) -> list[Chosen]:
    """What the list's own filters let through where writing is admitted, environment by
    environment: a suspended one changes nothing, so that it is left out from the beginning.
    """
    given: tuple[Filter, ...] = service_filters()
    condition, words = filtered(request, *given), words_of(request)
    wanted = given[0].chosen(request)
    found, count = [], 0
    for binding in live_bindings():
        is_wanted = wanted in ("", str(binding.environment_id))
        if binding.status != BindingStatus.ACTIVE or not is_wanted:
            continue
        here = condition & Q(environment_id=binding.environment_id)
        with _entering(request.door, binding.environment_id):
            rows = [
                service
                for part in services_listed(here, words)
                for service in part.order_by("module_id", "id")[: MOST_MATCHED + 1]
            ]
        count += len(rows)
        if count > MOST_MATCHED:
            raise Invalid.field("match", f"is over {MOST_MATCHED:,} services: narrow the list.")
        if rows:
            found.append(Chosen(binding, sorted(rows, key=lambda one: (one.module_id, one.id))))
    return found


def _ticked(door: Any, keys: Sequence[str]) -> list[Chosen]:
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
        one = Chosen(binding)
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


def _do(door: Any, one: Chosen, verb: str, reason: str) -> None:
    """Each environment by itself: what one refuses does not hold up the others."""
    ids = [service.id for service in one.services]
    try:
        with _entering(door, one.binding.environment_id):
            one.refused = move_what_can(ids, verb, reason=reason)
    except PortalError as error:
        one.refused = dict.fromkeys(ids, error.message)
    for service in one.services:
        if service.id not in one.refused:
            service.status = RuntimeService.TRANSITIONS[verb].target


def _entering(door: Any, environment_id: UUID) -> Any:
    return enter_tenant(
        door.tenant_id, actor=door.actor, environment_id=environment_id, writing=door.writing
    )
