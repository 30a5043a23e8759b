"""The first people of a platform: made once, at the shell, and never there again."""

import pytest

from apps.people.management.commands import install_people
from apps.people.models import Membership, Person
from tests.core.doors import rolled_back_as
from tests.core.shell import manage
from tests.world import World

GIVEN = ("--admin", "a@first.test", "--officer", "b@first.test", "--officer", "c@first.test")


def test_a_platform_without_people_gets_an_admin_and_two_officers(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"):
        Membership.objects.filter(tenant_id="platform").delete()
        done = manage("install_people", *GIVEN, "--format", "json")
        assert (done.code, done.err) == (0, "")
        made = {p["email"]: (p["role"], p["password"]) for p in done.json["people"]}
        assert {role for role, _ in made.values()} == {"platform-admin", "governance-officer"}
        for email, (role, password) in made.items():
            person = Person.objects.get(email=email)
            assert person.check_password(password)
            assert Membership.objects.get(person=person).role == role
        again = manage("install_people", *GIVEN)
        assert again.code == 1


def test_where_there_are_people_they_are_asked_instead(world: World, committed: None) -> None:
    refused = manage("install_people", *GIVEN)
    assert (refused.code, refused.out) == (1, "")
    assert "invite and propose" in refused.err


@pytest.mark.parametrize("given", [GIVEN[:4], (*GIVEN[:4], "--officer", "a@first.test"), ()])
def test_it_takes_three_addresses(world: World, committed: None, given: tuple[str, ...]) -> None:
    assert manage("install_people", *given).code == 2
    assert install_people.Command.help
