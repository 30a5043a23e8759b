"""Many services at once, all or nothing: a statement a kind of change, one audit entry for all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from apps.configurations.operations import lock_counter
from apps.core import audit, door
from apps.core.many import Named
from apps.quotas.operations import lock_usage
from apps.services.models import RuntimeService
from apps.services.operations import apply_by_hand
from apps.services.releases import WRITE
from apps.services.specs import FIELDS, ServiceSpec, check_specs, differs

SERVICES = Named("services", "serviceId", "service")
# {verb: the action of its entry}
ACTIONS = {
    "run": "services.running", "degrade": "services.degraded", "stop": "services.stopped",
    "start": "services.started", "retire": "services.retired",
}  # fmt: skip
OBSERVED = ("run", "degrade")


def lock_services(ids: Sequence[UUID]) -> list[RuntimeService]:
    """Those services of the environment entered, in the order of `ids`, locked until the commit.

    Takes what comes before them in the order of locks, too. Invalid names each that is not there
    and each that stands there twice by its place: `services[3].serviceId`.
    """
    lock_counter()
    lock_usage()
    rows = RuntimeService.objects.filter(environment_id=door.environment(), id__in=ids)
    return SERVICES.found(rows.select_for_update().order_by("id"), ids)


def change_services(
    changes: Mapping[UUID, Mapping[str, Any]], *, reason: str = "", override_freeze: str = ""
) -> list[RuntimeService]:
    """Does to each what `change_service` does to one; one deployment for all that it changes.

    Invalid lists every refusal by its place. Raises as `request_deployment` does.
    """
    door.require(WRITE)
    with door.atomic():
        rows = lock_services(list(changes))
        SERVICES.refuse({n: "is Retired" for n, row in enumerate(rows) if row.status == "Retired"})
        specs = [
            replace(
                ServiceSpec(row.module_id, **{name: getattr(row, name) for name in FIELDS}),
                **changes[row.id],
            )
            for row in rows
        ]
        check_specs(specs)
        wanted = [spec for row, spec in zip(rows, specs, strict=True) if differs(row, spec)]
        if wanted:
            release = f"{len(wanted)} changed by hand"
            apply_by_hand(lambda: wanted, release, "change services", reason, override_freeze)
        return _again(rows)


def move_services(ids: Sequence[UUID], verb: str, *, reason: str = "") -> list[RuntimeService]:
    """Does to each what the operation of that verb does to one.

    Invalid lists every service that is not in a state for it, by its place.
    """
    door.require(WRITE)
    with door.atomic():
        rows = lock_services(ids)
        SERVICES.must(rows, verb)
        move_locked(rows, verb, reason=reason)
        return _again(rows)


def move_locked(rows: Sequence[RuntimeService], verb: str, *, reason: str) -> None:
    """The same of rows that are locked, and in a state for it."""
    ids = [row.id for row in rows]
    seen: dict[str, Any] = {"last_observed_at": Now()} if verb in OBSERVED else {}
    target = RuntimeService.TRANSITIONS[verb].target
    RuntimeService.objects.filter(id__in=ids).update(status=target, **seen)
    audit.record(
        ACTIONS[verb],
        object_type="environment",
        object_id=door.environment(),
        environment_id=door.environment(),
        after={"status": target, **audit.batch(ids), "ids": sorted(map(str, ids))},
        reason=reason,
    )


def _again(rows: Sequence[RuntimeService]) -> list[RuntimeService]:
    """As the database has them now, in the same order."""
    found = RuntimeService.objects.filter(environment_id=door.environment()).in_bulk(
        [row.id for row in rows]
    )
    return [found[row.id] for row in rows]
