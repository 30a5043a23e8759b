"""Giving somebody of the platform another role."""

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.platform.forms import errors
from tests.world import World


def test_a_platform_admin_gives_the_platforms_roles_but_an_officers(
    world: World, sign_in: SignIn
) -> None:
    path = things_of(world.acme).path("platform_people:platform_role_grant")
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    for role in ("governance-officer", "tenant-admin"):
        page = browser.post(path, {"role": role})
        assert page.status_code == 422
        assert set(errors(page)) == {"role", ""}
    assert browser.post(path, {"role": "platform-admin"}).status_code == 302


def test_an_officer_becomes_no_admin_beside_it(world: World, sign_in: SignIn) -> None:
    officer = world.platform[Role.GOVERNANCE_OFFICER]
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    path = f"/platform/people/{officer.id}/grant/"
    page = browser.post(path, {"role": "platform-admin"})
    assert page.status_code == 422
    assert "cannot be platform-admin" in errors(page)[""]
    # Somebody of a tenant is nobody here.
    assert browser.get(f"/platform/people/{world.stranger.id}/grant/").status_code == 404
