"""Giving a colleague another role."""

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.platform.forms import errors
from tests.world import World


def test_an_admin_gives_one_once(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("people:role_grant")
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    assert browser.post(path, {"role": "tenant-operator"}).status_code == 302
    [entry] = entries(world, "membership.granted", "acme")
    assert entry.after["role"] == "tenant-operator"
    page = browser.post(path, {"role": "tenant-operator"})
    assert page.status_code == 422
    assert "cannot be tenant-operator" in errors(page)[""]


def test_no_role_of_the_platform_is_among_the_choices(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("people:role_grant")
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    for role in ("platform-admin", "platform-viewer", "governance-officer", "", "x"):
        page = browser.post(path, {"role": role})
        assert page.status_code == 422
        assert set(errors(page)) == {"role", ""}


def test_nobody_gives_one_to_themself_or_to_a_stranger(world: World, sign_in: SignIn) -> None:
    admin = world.acme.people[Role.TENANT_ADMIN]
    browser = sign_in(admin)
    own = browser.post(f"/t/acme/people/{admin.id}/grant/", {"role": "tenant-auditor"})
    assert own.status_code == 422
    assert "themself" in errors(own)[""]
    assert browser.get(f"/t/acme/people/{world.stranger.id}/grant/").status_code == 404
