"""The way back: from a longer window towards the floor, and never below it.

One officer asks, having seen what becomes due; another confirms; 72 hours later, by the database's
clock, the shorter window is in force. A window that is lengthened meanwhile stands.
"""

from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Max

from apps.core import audit, door
from apps.core.access import PLATFORM
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.walls.classes import CLASSES
from apps.retention.models import RetentionPolicy, ReturnStatus, WindowReturn
from apps.retention.operations import SCOPE, check_tenant, own_window, person, unknown


def ask_return(
    *, data_class: str, days: int, reason: str, tenant_id: str | None = None
) -> WindowReturn:
    """Changes nothing yet. Raises Invalid, below the floor too; NotFound for no such tenant;
    Refused where no longer window stands under that name.
    """
    entered = person(door.require(SCOPE))
    assert entered.actor.id is not None
    fields: dict[str, list[str]] = {}
    if problem := unknown([data_class]):
        fields["dataClass"] = [problem]
    elif isinstance(days, bool) or not isinstance(days, int):
        fields["days"] = ["must be a whole number of days."]
    elif days < CLASSES[data_class].days:
        fields["days"] = [f"must not be less than the floor of {CLASSES[data_class].days} days."]
    if not reason.strip():
        fields["reason"] = ["Say why."]
    if fields:
        raise Invalid("The way back cannot be asked for so.", fields=fields)
    whose = tenant_id or PLATFORM
    check_tenant(tenant_id)
    with door.atomic():
        before = own_window(data_class, whose)
        if days >= before:
            raise Refused(f"{data_class} is set to {before} days there: this leads no way back.")
        last = RetentionPolicy.objects.filter(tenant_id=whose, data_class=data_class)
        asked = WindowReturn.objects.create(
            tenant_id=whose,
            data_class=data_class,
            version=last.aggregate(last=Max("version"))["last"] + 1,
            from_days=before,
            days=days,
            reason=reason.strip(),
            asked_by_id=entered.actor.id,
            asked_by_label=entered.actor.label,
        )
        _audit(asked, "window_return.asked", after=asked.as_api(), reason=asked.reason)
    return asked


def confirm_return(return_id: UUID) -> WindowReturn:
    """The second officer: in force 72 hours later. Takes the retention lock.

    Raises NotFound, Refused (decided; the window has changed since), Forbidden for who asked.
    """
    entered = person(door.require(SCOPE))
    with door.atomic():
        asked = _locked(return_id)
        asked.must("confirm")
        if asked.asked_by_id == entered.actor.id:
            raise Forbidden("You asked for it: a second officer confirms.")
        asked = _decide(asked, "confirm", "window_return.confirmed")
        try:
            with door.atomic():
                RetentionPolicy.objects.create(
                    tenant_id=asked.tenant_id,
                    data_class=asked.data_class,
                    version=asked.version,
                    days=asked.days,
                    reason=asked.reason,
                    set_by_id=entered.actor.id,
                    set_by_label=entered.actor.label,
                    return_id=asked.id,
                )
        except IntegrityError as error:
            raise Refused("The window has changed since: ask for the way back anew.") from error
    return asked


def decline_return(return_id: UUID) -> WindowReturn:
    """By any officer, who asked included."""
    person(door.require(SCOPE))
    with door.atomic():
        asked = _locked(return_id)
        asked.must("decline")
        return _decide(asked, "decline", "window_return.declined")


def _decide(asked: WindowReturn, verb: str, action: str) -> WindowReturn:
    actor = door.entered().actor
    asked.decided_by_id, asked.decided_by_label = actor.id, actor.label
    asked.move(verb)
    asked.save(update_fields=["status", "decided_by_id", "decided_by_label"])
    _audit(
        asked, action, before={"status": str(ReturnStatus.ASKED)}, after={"status": asked.status}
    )
    return asked


def _locked(return_id: UUID) -> WindowReturn:
    try:
        return WindowReturn.objects.select_for_update().get(id=return_id)
    except WindowReturn.DoesNotExist as error:
        raise NotFound(f"There is no way back {return_id}.") from error


def _audit(asked: WindowReturn, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="window_return",
        object_id=asked.id,
        tenant_id=asked.tenant_id,
        **values,
    )
