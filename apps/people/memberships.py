"""What the operations on roles share: rows under lock, and the definer functions."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.utils import DatabaseError

from apps.core import door
from apps.core.access import PLATFORM, Role
from apps.core.errors import NotFound, Refused
from apps.people.models import Membership

FEWEST_OFFICERS = 2  # what takes a second officer takes two


def find_membership(membership_id: UUID, tenant_id: str) -> Membership:
    """One of that place, with its person; NotFound for every other."""
    rows = Membership.objects.select_related("person")
    found = rows.filter(id=membership_id, tenant_id=tenant_id).first()
    if found is None:
        raise NotFound("There is no such role here.")
    return found


def lock(membership: Membership) -> None:
    """Locks it and every live one like it there; Refused where it has ended.

    All in one order, so that two who end each other's wait and see what the other has left.
    NotFound where who acts may not end it: the database does not show it for writing.
    """
    if membership.id not in {peer.id for peer in locked_peers(membership)}:
        membership.refresh_from_db(fields=["ended_at"])
        if membership.ended_at is None:
            raise NotFound("There is no such role here.")
        raise Refused("This role has ended already.")


def locked_peers(membership: Membership) -> list[Membership]:
    """The live memberships of the same role in the same place."""
    return list(
        Membership.objects.filter(
            tenant_id=membership.tenant_id, role=membership.role, ended_at=None
        )
        .order_by("id")
        .select_for_update(of=("self",))
    )


def keep_officers(membership: Membership) -> None:
    """Refused where fewer officers would be left than it takes."""
    if len(locked_peers(membership)) <= FEWEST_OFFICERS:
        raise Refused("Two governance officers are the fewest there may be: seat another first.")


def check_installing(role: str) -> None:
    """Refused where the shell would seat an officer after the first ones of the installation."""
    if role != Role.GOVERNANCE_OFFICER:
        return
    seated = Membership.objects.filter(tenant_id=PLATFORM, role=role, ended_at=None)
    if seated.count() >= FEWEST_OFFICERS:
        raise Refused("A governance officer is proposed, and confirmed by another officer.")


def run(statement: str, parameters: Sequence[Any]) -> Any:
    """The answer of a function of schema `app`. Branches on SQLSTATE, as the door does."""
    try:
        with door.atomic(), connections[door.current_alias()].cursor() as cursor:
            cursor.execute(statement, parameters)
            answer = cursor.fetchone()[0]
    except DatabaseError as error:
        cause: Any = error.__cause__
        state = getattr(cause, "sqlstate", None)
        if state == "RP404":
            raise NotFound from error
        if state == "RP409":
            raise Refused(cause.diag.message_primary) from error
        raise
    return json.loads(answer) if isinstance(answer, str) else answer
