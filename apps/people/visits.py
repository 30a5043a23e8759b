"""A platform admin inside a tenant: for a reason, for an hour at most, told in that tenant's trail.

Promises: the database admits a visitor (`app.visit`, asked by the door each time) while the visit
is live and the person is platform admin, as a viewer unless a tenant admin has raised it; the
times are the database's own. Nobody raises their own visit.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.functions import TransactionNow
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.core import audit, door
from apps.core.access import PLATFORM, Role
from apps.core.door import Door
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.people.models import Membership, Visit
from apps.tenants.models import Tenant

LONGEST = 60


def start_visit(*, tenant_id: str, reason: str, minutes: int = LONGEST) -> Visit:
    """Lets oneself in, from now on and for so many minutes.

    Raises Invalid, NotFound, Refused where one is inside already. Locks one's own role, so that
    two at once are one after the other.
    """
    _, person = _visitor()
    fields = {}
    if not 1 <= len(reason.strip()) <= 2000:
        fields["reason"] = ["says why, in 1 to 2000 characters."]
    if not 1 <= minutes <= LONGEST:
        fields["minutes"] = [f"must be 1 to {LONGEST}."]
    if fields:
        raise Invalid("The tenant cannot be entered so.", fields=fields)
    if not (
        Tenant.objects.filter(tenant_id=tenant_id)
        .exclude(tenant_id=PLATFORM)
        .exclude(status="Closed")
        .exists()
    ):
        raise NotFound(f"There is no tenant '{tenant_id}'.")
    with door.atomic():
        _lock_own_role(person)
        if live_visits().filter(tenant_id=tenant_id, person_id=person).exists():
            raise Refused("You are inside already: leave before you enter for another reason.")
        visit = Visit.objects.create(
            tenant_id=tenant_id,
            person_id=person,
            reason=reason.strip(),
            ends_at=TransactionNow() + timedelta(minutes=minutes),
        )
        _audit(visit, "visit.started", reason, after={"minutes": minutes})
    return visit


def leave_visit(visit_id: UUID) -> Visit:
    """Ends one's own visit. Raises NotFound for another's, Refused where it is over."""
    entered, person = _visitor()
    with door.atomic():
        visit = _locked(Visit.objects.filter(id=visit_id, person_id=person))
        return _end(visit, entered, "visit.left", visit.reason)


def end_visit(visit_id: UUID, *, reason: str) -> Visit:
    """A tenant admin shows a visitor out. Raises NotFound, Refused where it is over."""
    entered = door.require("runtime.people.write")
    with door.atomic():
        visit = _locked(Visit.objects.filter(id=visit_id, tenant_id=door.tenant()))
        return _end(visit, entered, "visit.ended", reason)


def elevate_visit(visit_id: UUID, *, reason: str) -> Visit:
    """A tenant admin gives a visitor an operator's rights until the visit ends.

    Raises NotFound, Refused where it is over, was raised already, or is one's own.
    """
    entered = door.require("runtime.people.write")
    with door.atomic():
        visit = _locked(Visit.objects.filter(id=visit_id, tenant_id=door.tenant()))
        if visit.elevated_at is not None:
            raise Refused("This visit has an operator's rights already.")
        if visit.person_id == entered.actor.id:
            raise Refused("Nobody raises their own visit.")
        Visit.objects.filter(id=visit.id).update(elevated_at=Now(), elevated_by=entered.actor.id)
        visit.refresh_from_db()
        _audit(visit, "visit.elevated", reason, after={"role": visit.role})
    return visit


def live_visits() -> "QuerySet[Visit]":
    """Those that the database's clock says are live, of those that can be seen."""
    return Visit.objects.filter(ended_at=None, ends_at__gt=Now())


def _visitor() -> tuple[Door, UUID]:
    entered = door.require("runtime.visits.write")
    if entered.actor.kind != "person" or entered.actor.id is None:
        raise Forbidden("Only a signed-in person visits.")
    return entered, entered.actor.id


def _lock_own_role(person: UUID) -> None:
    list(
        Membership.objects.filter(
            tenant_id=PLATFORM,
            person_id=person,
            role=Role.PLATFORM_ADMIN,
            ended_at=None,
        ).select_for_update(of=("self",))
    )


def _locked(rows: "QuerySet[Visit]") -> Visit:
    visit = rows.select_for_update(of=("self",)).first()
    if visit is None:
        raise NotFound("There is no such visit here.")
    if not live_visits().filter(id=visit.id).exists():
        raise Refused("This visit is over.")
    return visit


def _end(visit: Visit, entered: Door, action: str, reason: str) -> Visit:
    Visit.objects.filter(id=visit.id).update(ended_at=Now(), ended_by=entered.actor.id)
    visit.refresh_from_db()
    _audit(visit, action, reason)
    return visit


def _audit(visit: Visit, action: str, reason: str, after: dict[str, Any] | None = None) -> None:
    audit.record(
        action,
        object_type="visit",
        object_id=visit.id,
        after=after,
        reason=reason,
        tenant_id=visit.tenant_id,
    )
