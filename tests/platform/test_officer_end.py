"""Ending an officer's role: by officers, and two stay."""

from apps.core.access import Role
from apps.people.officers import confirm_officer, propose_officer
from tests.console.people import as_platform
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.people.roles import somebody
from tests.platform.forms import errors
from tests.world import World


def test_where_there_are_two_at_most_none_goes(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    path = things.path("platform_people:officer_end")
    page = browser.post(path, {"reason": "because"})
    assert page.status_code == 422
    assert "fewest" in errors(page)[""]


def test_an_officer_ends_anothers_role_where_two_are_left(world: World, sign_in: SignIn) -> None:
    chosen = [somebody(platform=Role.PLATFORM_VIEWER) for _ in range(2)]
    with as_platform(world.acme):
        proposals = [propose_officer(person_id=p.id, reason="x") for p in chosen]
    with as_platform(world.acme, Role.GOVERNANCE_OFFICER):
        seats = [confirm_officer(p.id, reason="x") for p in proposals]
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    path = f"/platform/officers/{seats[0].id}/end/"
    assert browser.post(path, {"reason": "because"}).status_code == 302
    *_, entry = entries(world, "membership.ended", "platform")
    assert entry.object_id == str(seats[0].id)
