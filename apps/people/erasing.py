"""Erasing a person: what is known of them goes, an id and "erased" stay.

The database does it (`app.erase_person`): it asks the right itself, ends memberships, visits and
sessions, and takes name, address, password and addresses of letters in one transaction.
"""

from uuid import UUID

from apps.core import audit, door
from apps.core.access import PLATFORM
from apps.core.errors import NotFound, Refused
from apps.people.memberships import run
from apps.people.models import Person
from apps.people.tasks import forget_erased_person, forget_everywhere
from apps.tenants.partitions import OWNER


def erase_blockers(person: Person) -> list[str]:
    """Why this person cannot be erased now, each a sentence: holds that name them."""
    return []


def forget(person_id: UUID) -> None:
    """What the audit trail keeps of a person beside its digests goes with the person.

    The web's login deletes nothing of the trail: there a job, written in this transaction, does it
    as owner. As owner it is done at once.
    """
    if door.current_alias() == OWNER:
        forget_everywhere(person_id)
    else:
        forget_erased_person.defer(person_id=str(person_id))


def erase_person(person_id: UUID, *, reason: str = "") -> int:
    """Ends all that a person may do and what is known of them; how many roles that ended.

    By a tenant admin, somebody whose roles are all in that tenant; by a platform admin, anybody.
    Raises NotFound for who is nobody there or was erased, Refused for oneself, a governance
    officer, the last admin of a place, and where `erase_blockers` says why.
    """
    entered = door.require("runtime.people.write")
    person = Person.objects.filter(id=person_id, erased_at=None).first()
    if person is None:
        raise NotFound("There is no such person here.")
    if person.id == entered.actor.id:
        raise Refused("Nobody erases themself: ask another admin.")
    with door.atomic():
        if reasons := erase_blockers(person):
            raise Refused(" ".join(reasons))
        ended = run("SELECT app.erase_person(%s)", [person.id])
        forget(person.id)
        for role in ended:
            audit.record(
                "membership.ended",
                object_type="membership",
                object_id=role["membershipId"],
                before={"personId": str(person.id), "role": role["role"]},
                reason=reason,
                tenant_id=role["tenant"],
            )
        audit.record(
            "person.erased",
            object_type="person",
            object_id=person.id,
            reason=reason,
            tenant_id=entered.tenant_id or PLATFORM,
        )
    return len(ended)
