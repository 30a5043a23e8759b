"""Governance exceptions: a tenant asks, an officer who has not asked decides.

At approval the database freezes what an exception covers: the rows whose clock has begun, their
count and a digest of each. It shortens a window and nothing above it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connections

from apps.core import audit, door
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.walls.ended import ENDED
from apps.retention.locks import lock_retention
from apps.retention.models import GovernanceException
from apps.retention.operations import SCOPE, check_environment, person, unknown


def request_exception(
    *,
    data_class: str,
    reason: str,
    legal_basis: str,
    lapses_at: datetime,
    environment_id: UUID | None = None,
) -> GovernanceException:
    """For the tenant entered. Raises Invalid; NotFound for an environment that is not its own."""
    entered = door.require("runtime.retention.write")
    tenant_id = door.tenant()
    fields: dict[str, list[str]] = {}
    if problem := unknown([data_class]):
        fields["dataClass"] = [problem]
    elif data_class == ENDED:
        fields["dataClass"] = ["has no exceptions: what has ended goes by its window alone."]
    if not reason.strip():
        fields["reason"] = ["Say why."]
    if not 1 <= len(legal_basis.strip()) <= 200:
        fields["legalBasis"] = ["Name the law or contract, in 1 to 200 characters."]
    if fields:
        raise Invalid("The exception cannot be asked for so.", fields=fields)
    check_environment(tenant_id, environment_id)
    with door.atomic():
        try:
            with door.atomic():
                asked = GovernanceException.objects.create(
                    tenant_id=tenant_id,
                    data_class=data_class,
                    environment_id=environment_id,
                    reason=reason.strip(),
                    legal_basis=legal_basis.strip(),
                    lapses_at=lapses_at,
                    asked_by_id=entered.actor.id,
                    asked_by_label=entered.actor.label,
                )
        except IntegrityError as error:
            raise Invalid.field("lapsesAt", "must be a time to come.") from error
        _audit(asked, "exception.requested", after=asked.as_api(), reason=asked.reason)
    return asked


def approve_exception(exception_id: UUID, *, reason: str) -> GovernanceException:
    """Freezes what it covers. Raises Forbidden for who asked, Refused once it has lapsed."""
    return _decide(exception_id, "approve", "exception.approved", reason)


def refuse_exception(exception_id: UUID, *, reason: str) -> GovernanceException:
    return _decide(exception_id, "refuse", "exception.refused", reason)


def withdraw_exception(exception_id: UUID) -> GovernanceException:
    """By who may ask, or by an officer. When it has committed no batch goes by it any more."""
    entered = door.entered()
    if not entered.may(SCOPE):
        door.require("runtime.retention.write")
    with door.atomic():
        asked = _found(exception_id)
        lock_retention(asked.tenant_id)
        asked = _locked(exception_id)
        return _move(asked, "withdraw", "exception.withdrawn")


def _decide(exception_id: UUID, verb: str, action: str, reason: str) -> GovernanceException:
    entered = person(door.require(SCOPE))
    if not reason.strip():
        raise Invalid.field("reason", "Say why.")
    with door.atomic():
        asked = _locked(exception_id)
        asked.must(verb)
        if asked.asked_by_id == entered.actor.id:
            raise Forbidden("You asked for it: another officer decides.")
        if verb == "approve":
            _freeze(asked)
        asked.decided_by_id = entered.actor.id
        asked.decided_by_label = entered.actor.label
        asked.decision_reason = reason.strip()
        return _move(asked, verb, action, "decided_by_id", "decided_by_label", "decision_reason")


def _freeze(asked: GovernanceException) -> None:
    """Nobody of the platform reads a tenant's rows: the database counts them and says how many."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT now()")
        if asked.lapses_at <= cursor.fetchone()[0]:
            raise Refused("It has lapsed.")
        cursor.execute("SELECT app.freeze_exception(%s)", [asked.id])
    asked.refresh_from_db(fields=["row_count", "digest"])


def _found(exception_id: UUID) -> GovernanceException:
    try:
        return GovernanceException.objects.get(id=exception_id)
    except GovernanceException.DoesNotExist as error:
        raise NotFound(f"There is no exception {exception_id}.") from error


def _locked(exception_id: UUID) -> GovernanceException:
    try:
        return GovernanceException.objects.select_for_update().get(id=exception_id)
    except GovernanceException.DoesNotExist as error:
        raise NotFound(f"There is no exception {exception_id}.") from error


def _move(asked: GovernanceException, verb: str, action: str, *columns: str) -> GovernanceException:
    before = asked.status
    asked.move(verb)
    asked.save(update_fields=["status", *columns])
    _audit(
        asked, action, before={"status": before}, after=asked.as_api(),
        reason=asked.decision_reason if columns else "",
    )  # fmt: skip
    return asked


def _audit(asked: GovernanceException, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="exception",
        object_id=asked.id,
        environment_id=asked.environment_id,
        tenant_id=asked.tenant_id,
        **values,
    )
