"""Giving a visitor an operator's rights."""

from apps.core.access import Role
from apps.people.models import Visit
from apps.people.visits import start_visit
from tests.console.people import as_admin, as_platform
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.platform.forms import errors
from tests.world import World


def _live(world: World) -> Visit:
    with as_platform(world.acme):
        return start_visit(tenant_id="acme", reason="ticket 7")


def test_an_admin_raises_it_once(world: World, sign_in: SignIn) -> None:
    visit = _live(world)
    path = f"/t/acme/people/visits/{visit.id}/elevate/"
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    assert browser.post(path, {}).status_code == 422
    assert browser.post(path, {"reason": "they mend it"}).status_code == 302
    with as_admin(world.acme):
        assert Visit.objects.get(id=visit.id).role == Role.TENANT_OPERATOR
    [entry] = entries(world, "visit.elevated", "acme")
    assert (entry.reason, entry.object_id) == ("they mend it", str(visit.id))
    assert "already" in errors(browser.post(path, {"reason": "again"}))[""]


def test_the_visitor_cannot_do_it(world: World, sign_in: SignIn) -> None:
    visit = _live(world)
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    path = f"/t/acme/people/visits/{visit.id}/elevate/"
    assert browser.post(path, {"reason": "me"}).status_code == 403
    assert sign_in(world.stranger).post(path, {"reason": "me"}).status_code == 404
