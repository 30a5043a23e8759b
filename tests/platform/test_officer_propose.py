"""Proposing a governance officer."""

from apps.core.access import Role
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.people.roles import somebody
from tests.platform.forms import errors
from tests.world import World

PATH = "/platform/officers/propose/"


def test_a_platform_admin_proposes_somebody_of_the_platform(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    viewer = somebody(platform=Role.PLATFORM_VIEWER)
    typed = {"somebody": str(viewer.id), "reason": "knows the rules"}
    assert browser.post(PATH, typed).status_code == 302
    *_, entry = entries(world, "officer.proposed", "platform")
    assert (entry.reason, entry.actor_label) == (
        "knows the rules", world.platform[Role.PLATFORM_ADMIN].email,
    )  # fmt: skip
    assert "already" in errors(browser.post(PATH, typed))[""]


def test_nobody_of_a_tenant_and_not_oneself_is_a_choice(world: World, sign_in: SignIn) -> None:
    admin = world.platform[Role.PLATFORM_ADMIN]
    browser = sign_in(admin)
    for person in (admin, world.stranger):
        page = browser.post(PATH, {"somebody": str(person.id), "reason": "x"})
        assert page.status_code == 422
        assert set(errors(page)) == {"somebody", ""}
