"""Erasing somebody of the platform."""

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.platform.forms import errors
from tests.world import World


def test_a_platform_admin_types_the_address(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("platform_people:platform_person_erase")
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert "confirm" in errors(browser.post(path, {"reason": "asked"}))
    typed = {"reason": "asked", "confirm": "platform-viewer@acme.test"}
    assert browser.post(path, typed).status_code == 302
    assert len(entries(world, "person.erased", "platform")) == 1
    assert browser.get(path).status_code == 404


def test_an_officer_stays(world: World, sign_in: SignIn) -> None:
    officer = world.platform[Role.GOVERNANCE_OFFICER]
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    typed = {"reason": "asked", "confirm": officer.email}
    page = browser.post(f"/platform/people/{officer.id}/erase/", typed)
    assert page.status_code == 422
    assert "officer" in errors(page)[""]
