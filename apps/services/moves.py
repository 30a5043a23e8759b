"""A verb of many services of one environment where what one refuses does not hold up the others."""

from collections.abc import Sequence
from uuid import UUID

from apps.core import door
from apps.core.errors import Refused
from apps.services.many import lock_services, move_locked
from apps.services.models import RuntimeService
from apps.services.releases import WRITE

VERBS = ("stop", "start", "retire")


def move_what_can(ids: Sequence[UUID], verb: str, *, reason: str = "") -> dict[UUID, str]:
    """As `move_services` to those that the verb starts from; {id: why not} of the others.

    All are locked before any is looked at. What is not there (any more) is among the others.
    """
    door.require(WRITE)
    refused = dict.fromkeys(ids, "It is not there any more.")
    with door.atomic():
        here = RuntimeService.objects.filter(environment_id=door.environment(), id__in=list(ids))
        movable = []
        for service in lock_services(list(here.values_list("id", flat=True))):
            try:
                service.must(verb)
            except Refused as error:
                refused[service.id] = error.message
            else:
                movable.append(service)
                del refused[service.id]
        if movable:
            move_locked(movable, verb, reason=reason)
    return refused
