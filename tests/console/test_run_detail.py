"""A tenant's part of one run."""

from apps.core.access import Role
from tests.console.bodies import facts, links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

NAME = "retention:run_detail"


def test_it_says_what_went_and_what_was_held_back(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(things.path(NAME))
    assert facts(page)["Certificate"] == str(things.certificate)
    assert things.path("retention:certificate_detail") in links(page)
    text = words(page)
    assert "retired-service" in text
    assert "2 by hold" in text


def test_of_the_same_run_each_tenant_sees_its_own_part(world: World, sign_in: SignIn) -> None:
    assert world.acme.disposed["run"] == world.globex.disposed["run"]
    path = things_of(world.acme).path(NAME).replace("/t/acme/", "/t/globex/")
    page = sign_in(world.stranger).get(path)
    assert facts(page)["Certificate"] == str(world.globex.disposed["certificate"])
    assert str(world.acme.disposed["certificate"]) not in page.content.decode()


def test_a_run_that_never_was_here_is_not_found(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    path = things.path(NAME).replace(str(things.run), str(things.row))
    assert browser.get(path).status_code == 404
    assert browser.post(things.path(NAME)).status_code in (403, 405)
