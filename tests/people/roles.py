"""What the tests of people share: somebody with a role, and the doors they come by."""

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core import mail
from django.db import connections

from apps.core import door
from apps.core.access import PLATFORM, Role
from apps.core.door import Door
from apps.core.ids import uuid7
from apps.people.models import Membership, Person
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.core.chains import told
from tests.world import PASSWORD, person_actor

_hash = make_password(PASSWORD)


def somebody(**roles: Role) -> Person:
    """Commits a person with one role in each place that is named. As owner."""
    name = uuid7().hex
    with door.using("owner"), door.atomic():
        person = Person.objects.create(
            email=f"{name}@people.test", name=f"Somebody {name[-6:]}", password=_hash
        )
        for place, role in roles.items():
            Membership.objects.create(person=person, tenant_id=place.replace("_", "-"), role=role)
    return person


@contextlib.contextmanager
def at(place: str, person: Person) -> Iterator[Door]:
    """The control plane as that person: in a tenant, or on the platform."""
    actor = person_actor(person)
    way_in: Any = (
        enter_platform(actor=actor)
        if place == PLATFORM
        else enter_tenant(place, actor=actor, partition="public", writing=True)
    )
    with way_in as entered:
        yield entered


def roles_of(person: Person, place: str) -> set[str]:
    """The live ones, as the owner sees them."""
    with door.using("owner"):
        held = Membership.objects.filter(person=person, tenant_id=place, ended_at=None)
        return set(held.values_list("role", flat=True))


def membership(person: Person, place: str, role: Role) -> Any:
    with door.using("owner"):
        return Membership.objects.get(person=person, tenant_id=place, role=role, ended_at=None).id


def as_owner(statement: str, parameters: Any = None) -> list[Any]:
    """Raw SQL, committed, clocks included."""
    with door.using("owner"), door.atomic(), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL app.moves_clocks = 'on'")
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def trail(place: str, action: str) -> list[dict[str, Any]]:
    """Entries of that chain of the control plane, oldest first."""
    rows = as_owner(
        f"SELECT {told('public', 'label')}, coalesce({told('public', 'reason')}, ''), object_id, "
        f"{told('public', 'after')} FROM public.core_auditentry e "
        "WHERE tenant_id = %s AND action = %s ORDER BY number",
        [place, action],
    )
    return [
        {"who": who, "why": why, "what": what, "after": json.loads(after) if after else None}
        for who, why, what, after in rows
    ]


def token_in_letter(address: str) -> str:
    """Of the newest letter to that address."""
    letters = [letter for letter in mail.outbox if letter.to == [address]]
    found = re.search(r"/accounts/invitation/([^/\s]+)/", str(letters[-1].body))
    assert found
    return found[1]
