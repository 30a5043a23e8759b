from apps.core.access import Role
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.service_verbs import check_verb
from tests.console.signed_in import SignIn
from tests.world import World


def test_an_operator_retires_it_for_good(world: World, sign_in: SignIn) -> None:
    check_verb(world, sign_in, "retire", "Retired", "service.retired")


def test_the_page_says_that_it_is_final_and_a_retired_one_offers_no_verb(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert "Final" in words(browser.get(things.path("services:service_retire")))
    browser.post(things.path("services:service_retire"), {"reason": "old", "confirm": "prod"})
    shown = browser.get(things.path("services:service_detail")).content.decode()
    for verb in ("edit", "run", "degrade", "stop", "start", "retire"):
        assert f'href="{verb}/"' not in shown
