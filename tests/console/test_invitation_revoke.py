"""Taking an invitation back."""

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.world import World


def test_an_admin_revokes_it_once(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    path = things.path("people:invitation_revoke")
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    answer = browser.post(path, {"reason": "because"})
    assert answer.status_code == 302
    [*_, entry] = entries(world, "invitation.revoked", "acme")
    assert (entry.object_id, entry.reason) == (str(things.invitation), "because")
    again = browser.post(path, {"reason": "because"})
    assert again.status_code in (404, 422)


def test_without_what_is_asked_nothing_is_done(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    before = len(entries(world, "invitation.revoked", "acme"))
    assert browser.post(things.path("people:invitation_revoke"), {}).status_code == 422
    assert len(entries(world, "invitation.revoked", "acme")) == before


def test_a_neighbours_is_not_there(world: World, sign_in: SignIn) -> None:
    mine, theirs = things_of(world.acme), things_of(world.globex)
    path = mine.path("people:invitation_revoke").replace(
        str(mine.invitation), str(theirs.invitation)
    )
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    assert browser.get(path).status_code == 404
    assert browser.post(path, {"reason": "because"}).status_code == 404
