"""The platform's own people, and who is proposed as officer."""

from apps.core.access import PLATFORM_ROLES, Role
from tests.console.bodies import links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

PATH = "/platform/people/"


def test_everybody_of_the_platform_stands_there_and_nobody_of_a_tenant(
    world: World, sign_in: SignIn
) -> None:
    things_of(world.acme)
    text = words(sign_in(world.platform[Role.PLATFORM_VIEWER]).get(PATH))
    for role in PLATFORM_ROLES:
        assert f"{role}@acme.test" in text
    assert "tenant-viewer@acme.test" not in text
    assert "guest@people.test" not in text
    assert "helper@people.test platform-viewer Pending" in text
    assert "knows the rules Proposed" in text


def test_admins_propose_and_withdraw_officers_confirm_and_decline(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    base = f"/platform/officers/proposals/{things.proposal}/"
    end = f"/platform/officers/{things.officer}/end/"
    shown = {role: set(links(sign_in(world.platform[role]).get(PATH))) for role in PLATFORM_ROLES}
    assert f"{base}withdraw/" in shown[Role.PLATFORM_ADMIN]
    assert f"{base}confirm/" not in shown[Role.PLATFORM_ADMIN]
    assert end not in shown[Role.PLATFORM_ADMIN]
    officers = shown[Role.GOVERNANCE_OFFICER]
    assert {f"{base}confirm/", f"{base}decline/", end} <= officers
    assert f"{PATH}invite/" not in officers
    viewers = shown[Role.PLATFORM_VIEWER]
    assert not [link for link in viewers if "/officers/" in link or "invite" in link]
