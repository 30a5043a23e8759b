"""What people say of a deployment: abandoned, bad, free of its hold. One operation a verb."""

from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from apps.core import door
from apps.core.errors import Invalid, Refused
from apps.deployments.admission import by_a_person
from apps.deployments.models import RuntimeDeployment
from apps.deployments.operations import WRITE, audit_deployment, locked, move_deployment

LONGEST = 2000
# What abandoning says beforehand, and what its audit entry repeats.
NOT_UNDONE = (
    "Abandoning undoes nothing: services keep the image, version and replicas that it gave them, "
    "the configuration that it published stays published, and whatever runs outside the portal "
    "goes on. It only says that nobody waits for it any more, so that another can start."
)


def abandon_deployment(deployment_id: UUID, *, reason: str) -> RuntimeDeployment:
    """Any state that is not final, past its deadline → Failed. NOT_UNDONE says what stays.

    Refused before the deadline (by the database's clock), and for whoever is no person.
    """
    entered = door.require(WRITE)
    by_a_person(entered, "abandon a deployment")
    _reason(reason, "Say why it is abandoned.")
    with door.atomic():
        deployment = locked(deployment_id)
        deployment.must("abandon")
        overdue = Q(id=deployment_id, deadline_at__lt=Now())
        if not RuntimeDeployment.objects.filter(overdue).exists():
            raise Refused(
                f"It may be abandoned after {deployment.deadline_at:%Y-%m-%d %H:%M:%S} UTC: until "
                "then it may still go on. It can be failed at once."
            )
        return move_deployment(deployment, "abandon", "deployment.abandoned", reason)


def mark_bad(deployment_id: UUID, *, reason: str) -> RuntimeDeployment:
    """No rollback returns to it any more. Refused where it is marked already."""
    entered = door.require(WRITE)
    _reason(reason, "Say what is bad about it.")
    with door.atomic():
        deployment = locked(deployment_id)
        if deployment.is_bad:
            raise Refused(f"It is marked bad already, by {deployment.marked_bad_by}.")
        deployment.bad_reason = reason.strip()
        deployment.marked_bad_by = entered.actor.label or entered.actor.kind
        return _marked(deployment, "deployment.marked_bad", {"bad": False}, {"bad": True}, reason)


def clear_bad(deployment_id: UUID, *, reason: str) -> RuntimeDeployment:
    """It may be returned to again; who marked it and why stays in the audit trail."""
    door.require(WRITE)
    _reason(reason, "Say why it is not bad.")
    with door.atomic():
        deployment = locked(deployment_id)
        if not deployment.is_bad:
            raise Refused("It is not marked bad.")
        before = {
            "bad": True, "reason": deployment.bad_reason, "by": deployment.marked_bad_by,
        }  # fmt: skip
        deployment.bad_reason = deployment.marked_bad_by = ""
        return _marked(deployment, "deployment.cleared_bad", before, {"bad": False}, reason)


def release_hold(deployment_id: UUID, *, reason: str) -> RuntimeDeployment:
    """What this rollback undid may be put back by whoever may deploy, importers included.

    Refused where it is no rollback that is held, and for whoever is no person.
    """
    entered = door.require(WRITE)
    by_a_person(entered, "release a hold")
    _reason(reason, "Say why the hold is released.")
    with door.atomic():
        deployment = locked(deployment_id)
        if not deployment.is_held:
            raise Refused("Nothing is held by it.")
        deployment.hold_released_by = entered.actor.label or entered.actor.kind
        deployment.save(update_fields=["hold_released_by"])
        deployment.refresh_from_db(fields=["hold_released_at"])
        audit_deployment(
            deployment,
            "deployment.hold_released",
            before={"held": deployment.undoes_release_ref},
            after={"held": None},
            reason=reason,
        )
    return deployment


def _marked(
    deployment: RuntimeDeployment,
    action: str,
    before: dict[str, object],
    after: dict[str, object],
    reason: str,
) -> RuntimeDeployment:
    deployment.save(update_fields=["bad_reason", "marked_bad_by"])
    deployment.refresh_from_db(fields=["marked_bad_at"])
    audit_deployment(deployment, action, before=before, after=after, reason=reason)
    return deployment


def _reason(reason: str, missing: str) -> None:
    if not reason.strip():
        raise Invalid.field("reason", missing)
    if len(reason) > LONGEST:
        raise Invalid.field("reason", f"must not be over {LONGEST} characters.")
