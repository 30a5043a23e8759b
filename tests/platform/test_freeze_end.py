from apps.core.access import Role
from apps.freezes.models import Freeze
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform
from tests.world import World


def test_it_ends_and_the_platforms_chain_says_so(world: World, sign_in: SignIn) -> None:
    rule = world.acme.freezes["platform"]
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    path = f"/platform/freezes/{rule}/end/"
    assert browser.post(path, {"reason": "moved", "confirm": "acme"}).status_code == 422
    assert browser.post(path, {"reason": "moved", "confirm": "platform"}).status_code == 302
    with on_platform(world):
        assert Freeze.objects.get(id=rule).status == "Ended"
    assert [e.reason for e in entries(world, "freeze.ended", "platform")] == ["moved"]


def test_a_tenants_own_is_not_ended_here(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    path = f"/platform/freezes/{world.acme.freezes['own']}/end/"
    assert browser.post(path, {"reason": "x", "confirm": "platform"}).status_code == 404
