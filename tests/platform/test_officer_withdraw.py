"""Withdrawing a proposal."""

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.world import World


def test_a_platform_admin_withdraws_it_once(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    path = things.path("platform_people:officer_withdraw")
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = browser.post(path, {"reason": "because"})
    assert answer.status_code == 302
    [*_, entry] = entries(world, "officer.withdrawn", "platform")
    assert (entry.object_id, entry.reason) == (str(things.proposal), "because")
    again = browser.post(path, {"reason": "because"})
    assert again.status_code in (404, 422)


def test_without_what_is_asked_nothing_is_done(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    before = len(entries(world, "officer.withdrawn", "platform"))
    assert browser.post(things.path("platform_people:officer_withdraw"), {}).status_code == 422
    assert len(entries(world, "officer.withdrawn", "platform")) == before
