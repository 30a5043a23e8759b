import itertools

import pytest
from django.db import connections

from apps.core.access import PLATFORM_ROLES, TENANT_ROLES, Role
from apps.core.errors import Invalid, NotFound, Refused
from apps.people.models import Membership, Person
from apps.people.operations import create_person, grant_role
from tests.core.doors import on_platform, rolled_back_as, sqlstate
from tests.world import PASSWORD, World

ADMIN, OFFICER = Role.PLATFORM_ADMIN, Role.GOVERNANCE_OFFICER


def _without_officers() -> None:
    """As at the installation: then the shell seats the first two, and never a third."""
    Membership.objects.filter(role=OFFICER, ended_at=None).update(ended_at="2026-01-01T00:00Z")


def _somebody(name: str = "somebody") -> Person:
    return create_person(email=f"{name}@people.test", name=name, password=PASSWORD)


@pytest.mark.attacks("membership_role_place")
@pytest.mark.parametrize(
    ("tenant", "role"), list(itertools.product(["acme", "platform"], Role)), ids=str
)
def test_a_role_is_held_where_it_belongs_and_nowhere_else(
    world: World, committed: None, tenant: str, role: Role
) -> None:
    belongs = role in (PLATFORM_ROLES if tenant == "platform" else TENANT_ROLES)
    with rolled_back_as("owner"), on_platform(world) as entered:
        _without_officers()
        person = _somebody()
        entered.entries.clear()
        if belongs:
            made = grant_role(person=person, tenant_id=tenant, role=role)
            assert (made.role, made.tenant_id) == (role, tenant)
            assert [(e.action, e.tenant_id) for e in entered.entries] == [
                ("membership.granted", tenant)
            ]
        else:
            with pytest.raises(Refused):
                grant_role(person=person, tenant_id=tenant, role=role)
            assert entered.entries == []


@pytest.mark.attacks("membership_admin_or_officer")
@pytest.mark.parametrize(("first", "second"), [(ADMIN, OFFICER), (OFFICER, ADMIN)])
def test_nobody_is_platform_admin_and_governance_officer_at_once(
    world: World, committed: None, first: Role, second: Role
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        _without_officers()
        person = _somebody()
        held = grant_role(person=person, tenant_id="platform", role=first)
        with pytest.raises(Refused):
            grant_role(person=person, tenant_id="platform", role=second)
        Membership.objects.filter(id=held.id).update(ended_at="2026-01-01T00:00Z")
        assert grant_role(person=person, tenant_id="platform", role=second)


@pytest.mark.attacks("membership_once")
def test_a_role_is_held_once_and_again_after_it_has_ended(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world):
        person = _somebody()
        held = grant_role(person=person, tenant_id="acme", role=Role.TENANT_VIEWER)
        with pytest.raises(Refused):
            grant_role(person=person, tenant_id="acme", role=Role.TENANT_VIEWER)
        assert grant_role(person=person, tenant_id="acme", role=Role.TENANT_ADMIN)
        assert grant_role(person=person, tenant_id="globex", role=Role.TENANT_VIEWER)
        Membership.objects.filter(id=held.id).update(ended_at="2026-01-01T00:00Z")
        assert grant_role(person=person, tenant_id="acme", role=Role.TENANT_VIEWER)


def test_a_role_in_a_tenant_that_is_not_there_is_answered_at_once(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        person = _somebody()
        with pytest.raises(NotFound):
            grant_role(person=person, tenant_id="nobody", role=Role.TENANT_VIEWER)
        connections["owner"].check_constraints()


@pytest.mark.attacks(
    "person_email_lower",
    "people_person.email once",
)
def test_an_address_is_one_persons_whatever_its_case(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world) as entered:
        assert _somebody("MIXED").email == "mixed@people.test"
        entered.entries.clear()
        with pytest.raises(Refused):
            _somebody("mixed")
        assert entered.entries == []
        assert (
            sqlstate(
                "UPDATE people_person SET email = 'Mixed@people.test' "
                "WHERE email = 'mixed@people.test'"
            )
            == "23514"
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": "nobody"}, "email"), ({"email": ""}, "email"), ({"password": "short"}, "password"),
     ({"password": "password1234"}, "password"), ({"name": "x" * 121}, "name")],
)  # fmt: skip
def test_a_person_that_cannot_be_made_is_told_which_field(
    world: World, committed: None, change: dict[str, str], field: str
) -> None:
    given = {"email": "new@people.test", "name": "New", "password": PASSWORD, **change}
    with rolled_back_as("owner"), on_platform(world), pytest.raises(Invalid) as refusal:
        create_person(**given)
    assert list(refusal.value.fields) == [field]
    assert given["password"] not in str(refusal.value)


def test_the_runtime_login_makes_no_person_and_no_membership(
    world: World, rolled_back: None
) -> None:
    with on_platform(world):
        assert sqlstate("INSERT INTO people_membership SELECT * FROM people_membership") == "42501"
        assert sqlstate("INSERT INTO people_person SELECT * FROM people_person") == "42501"
        assert sqlstate("UPDATE people_membership SET role = 'platform-admin'") == "42501"


def test_the_shell_seats_the_first_two_officers_and_no_third(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world):
        _without_officers()
        for name in ("first", "second"):
            assert grant_role(person=_somebody(name), tenant_id="platform", role=OFFICER)
        with pytest.raises(Refused, match="proposed"):
            grant_role(person=_somebody("third"), tenant_id="platform", role=OFFICER)
