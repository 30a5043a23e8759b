"""One environment of the fleet, with everybody who is bound to it."""

from apps.core.access import Role
from apps.core.ids import uuid7
from tests.console.bodies import facts, words
from tests.console.signed_in import SignIn
from tests.world import World


def test_owner_and_bindings_are_there_for_the_platform(world: World, sign_in: SignIn) -> None:
    environment = world.acme.environments["shared"]
    page = sign_in(world.platform[Role.PLATFORM_VIEWER]).get(
        f"/platform/environments/{environment}/"
    )
    assert "platform" in words(page).lower()
    assert "acme" in words(page)
    assert "globex" in words(page)
    assert facts(page)["Region"] == "westeurope"


def test_one_that_is_not_is_not_found(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert browser.get(f"/platform/environments/{uuid7()}/").status_code == 404
