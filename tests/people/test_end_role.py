"""Ending a role, and giving one: by who may, never the last admin's, told in the place's trail."""

from collections.abc import Callable

import pytest

from apps.core.access import PLATFORM, Role
from apps.core.errors import Forbidden, NotFound, Refused
from apps.core.ids import uuid7
from apps.people.models import Person
from apps.people.operations import end_role, grant_role
from tests.core.threads import together
from tests.people.roles import as_owner, at, membership, roles_of, somebody, trail
from tests.world import World


@pytest.fixture
def place(fresh: Callable[[], World]) -> World:
    return fresh()


def _admin(world: World) -> Person:
    return world.acme.people[Role.TENANT_ADMIN]


def test_an_admin_ends_a_role_and_it_is_told(place: World) -> None:
    acme, viewer = place.acme, place.acme.people[Role.TENANT_VIEWER]
    with at(acme.slug, _admin(place)):
        ended = end_role(membership(viewer, acme.slug, Role.TENANT_VIEWER), reason="left us")
    assert ended.ended_at is not None
    assert roles_of(viewer, acme.slug) == set()
    (entry,) = trail(acme.slug, "membership.ended")
    assert (entry["who"], entry["why"]) == (_admin(place).email, "left us")
    with at(acme.slug, _admin(place)), pytest.raises(Refused, match="ended already"):
        end_role(ended.id)


def test_the_last_admin_of_a_tenant_stays(place: World) -> None:
    acme, admin = place.acme, _admin(place)
    mine = membership(admin, acme.slug, Role.TENANT_ADMIN)
    with at(acme.slug, admin), pytest.raises(Refused, match="last tenant-admin"):
        end_role(mine)
    other = somebody(**{acme.slug: Role.TENANT_ADMIN})
    with at(acme.slug, admin):
        end_role(mine, reason="my turn is over")
    assert roles_of(admin, acme.slug) == set()
    assert roles_of(other, acme.slug) == {Role.TENANT_ADMIN}


def test_two_admins_who_end_each_other_leave_one(place: World) -> None:
    acme, admin = place.acme, _admin(place)
    other = somebody(**{acme.slug: Role.TENANT_ADMIN})

    def ends(who: Person, whom: Person) -> Callable[[], object]:
        identifier = membership(whom, acme.slug, Role.TENANT_ADMIN)

        def work() -> object:
            with at(acme.slug, who):
                return end_role(identifier, reason="me or you")

        return work

    outcomes = together(ends(admin, other), ends(other, admin))
    assert sum(isinstance(one, Exception) for one in outcomes) == 1
    left = [person for person in (admin, other) if roles_of(person, acme.slug)]
    assert len(left) == 1


def test_another_tenants_role_is_not_there(place: World) -> None:
    theirs = membership(place.stranger, place.globex.slug, Role.TENANT_ADMIN)
    platform = membership(place.platform[Role.PLATFORM_VIEWER], PLATFORM, Role.PLATFORM_VIEWER)
    for identifier in (theirs, platform, uuid7()):
        with at(place.acme.slug, _admin(place)), pytest.raises(NotFound):
            end_role(identifier, reason="x")


def test_a_platform_admin_ends_the_platforms_roles_but_no_officers_and_no_tenants(
    place: World,
) -> None:
    admin = place.platform[Role.PLATFORM_ADMIN]
    viewer = somebody(platform=Role.PLATFORM_VIEWER)
    with at(PLATFORM, admin):
        end_role(membership(viewer, PLATFORM, Role.PLATFORM_VIEWER), reason="left us")
    officer = place.platform[Role.GOVERNANCE_OFFICER]
    with at(PLATFORM, admin), pytest.raises(Refused, match="by a governance officer"):
        end_role(membership(officer, PLATFORM, Role.GOVERNANCE_OFFICER))
    with at(PLATFORM, admin), pytest.raises(NotFound):
        end_role(membership(_admin(place), place.acme.slug, Role.TENANT_ADMIN))


@pytest.mark.parametrize(
    ("role", "why"),
    [
        (Role.PLATFORM_ADMIN, "gives roles of"),
        (Role.GOVERNANCE_OFFICER, "gives roles of"),
    ],
)
def test_a_tenant_admin_gives_no_role_of_the_platform(place: World, role: Role, why: str) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    for where in (PLATFORM, place.acme.slug):
        with at(place.acme.slug, _admin(place)), pytest.raises(Refused, match=why):
            grant_role(person=viewer, tenant_id=where, role=role)


def test_nobody_gives_a_role_to_themself(place: World) -> None:
    admin, operator = _admin(place), place.platform[Role.PLATFORM_ADMIN]
    with at(place.acme.slug, admin), pytest.raises(Refused, match="to themself"):
        grant_role(person=admin, tenant_id=place.acme.slug, role=Role.TENANT_AUDITOR)
    with at(PLATFORM, operator), pytest.raises(Refused, match="to themself"):
        grant_role(person=operator, tenant_id=PLATFORM, role=Role.PLATFORM_VIEWER)


def test_who_is_nobody_here_is_invited_and_not_given_a_role(place: World) -> None:
    """So no admin finds out by it who else is somebody of the portal."""
    with at(place.acme.slug, _admin(place)), pytest.raises(NotFound):
        grant_role(person=place.stranger, tenant_id=place.acme.slug, role=Role.TENANT_VIEWER)


def test_a_colleague_is_given_a_second_role_by_runtime(place: World) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    with at(place.acme.slug, _admin(place)):
        grant_role(person=viewer, tenant_id=place.acme.slug, role=Role.TENANT_AUDITOR)
    assert roles_of(viewer, place.acme.slug) == {Role.TENANT_VIEWER, Role.TENANT_AUDITOR}


def test_an_operator_elsewhere_gives_nothing(place: World) -> None:
    operator = place.acme.people[Role.TENANT_OPERATOR]
    with at(place.acme.slug, operator), pytest.raises(Forbidden):
        grant_role(person=operator, tenant_id=place.acme.slug, role=Role.TENANT_ADMIN)


def test_an_admins_right_ends_with_the_role_in_the_middle_of_their_work(place: World) -> None:
    """The door was entered before: the database asks again in the statement itself."""
    acme, admin = place.acme, _admin(place)
    somebody(**{acme.slug: Role.TENANT_ADMIN})
    viewer = membership(acme.people[Role.TENANT_VIEWER], acme.slug, Role.TENANT_VIEWER)
    mine = membership(admin, acme.slug, Role.TENANT_ADMIN)
    with at(acme.slug, admin), pytest.raises((NotFound, Refused)):
        as_owner("UPDATE people_membership SET ended_at = now() WHERE id = %s", [mine])
        end_role(viewer, reason="too late")
    assert roles_of(acme.people[Role.TENANT_VIEWER], acme.slug) == {Role.TENANT_VIEWER}
