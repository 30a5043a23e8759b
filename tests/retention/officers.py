"""The second officer, whom it takes to lift a hold: committed once, whatever is rolled back."""

import functools

from apps.core import door
from apps.core.access import Actor, Role
from apps.core.ids import uuid7
from apps.people.models import Membership, Person
from apps.tenant_bindings.context import enter_platform
from tests.core.threads import together
from tests.world import OPERATOR, person_actor


@functools.cache
def the_second_officer() -> Actor:
    """Made on a connection of its own, so that no transaction of the test takes it back."""
    (actor,) = together(_make)
    assert isinstance(actor, Actor), actor
    return actor


def _make() -> Actor:
    with door.using("owner"), enter_platform(actor=OPERATOR):
        person = Person.objects.create(email=f"{uuid7()}@officers.test", name="Second")
        Membership.objects.create(person=person, tenant_id="platform", role=Role.GOVERNANCE_OFFICER)
    return person_actor(person)
