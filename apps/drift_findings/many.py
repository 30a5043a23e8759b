"""Many findings at once, all or nothing: one statement and one audit entry for all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.core import audit, door
from apps.core.many import Named
from apps.drift_findings.models import Resolution, RuntimeDriftFinding
from apps.drift_findings.operations import WRITE, check_reason

FINDINGS = Named("findings", "driftFindingId", "finding")
# {verb: the action of its entry}
ACTIONS = {"acknowledge": "findings.acknowledged", "resolve": "findings.resolved"}


def lock_findings(ids: Sequence[UUID]) -> list[RuntimeDriftFinding]:
    """Those findings of the environment entered, in the order of `ids`, locked until the commit.

    Invalid names each that is not there and each that stands there twice by its place.
    """
    rows = RuntimeDriftFinding.objects.filter(environment_id=door.environment(), id__in=ids)
    return FINDINGS.found(rows.select_for_update().order_by("id"), ids)


def move_findings(ids: Sequence[UUID], verb: str, *, reason: str) -> list[RuntimeDriftFinding]:
    """Does to each what `acknowledge_finding` or `resolve_finding` does to one.

    Invalid lists every finding that is not in a state for it, by its place.
    """
    entered = door.require(WRITE)
    check_reason(reason)
    with door.atomic():
        FINDINGS.must(lock_findings(ids), verb)
        target = RuntimeDriftFinding.TRANSITIONS[verb].target
        why = reason.strip()
        told: dict[str, Any] = {"resolution": Resolution.BY_HAND, "resolution_reason": why}
        if verb == "acknowledge":
            label = entered.actor.label or entered.actor.kind
            told = {"acknowledged_by": label, "acknowledged_reason": why}
        RuntimeDriftFinding.objects.filter(id__in=ids).update(status=target, **told)
        audit.record(
            ACTIONS[verb],
            object_type="environment",
            object_id=door.environment(),
            environment_id=door.environment(),
            after={"status": target, **audit.batch(ids), "ids": sorted(map(str, ids))},
            reason=reason,
        )
        found = RuntimeDriftFinding.objects.filter(environment_id=door.environment()).in_bulk(ids)
        return [found[identifier] for identifier in ids]
