"""Erasing somebody in the console."""

from apps.core.access import Role
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.platform.forms import errors
from tests.world import World


def test_an_admin_types_the_address_and_a_reason(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("people:person_erase")
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    for typed, wrong in (
        ({"reason": "asked"}, "confirm"),
        ({"reason": "asked", "confirm": "somebody@acme.test"}, "confirm"),
        ({"confirm": "tenant-viewer@acme.test"}, "reason"),
    ):
        page = browser.post(path, typed)
        assert page.status_code == 422
        assert wrong in errors(page)
    answer = browser.post(path, {"reason": "asked", "confirm": "tenant-viewer@acme.test"})
    assert answer.status_code == 302
    page = words(browser.get("/t/acme/people/"))
    assert "Erased: an id is left." in page
    assert "tenant-viewer@acme.test" not in page
    assert len(entries(world, "person.erased", "acme")) == 1
    assert browser.get(path).status_code == 404


def test_somebody_of_another_tenant_is_not_there(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    path = f"/t/acme/people/{world.stranger.id}/erase/"
    assert browser.get(path).status_code == 404
