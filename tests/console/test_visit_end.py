"""Showing a visitor out."""

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


def test_an_admin_ends_it_and_the_visitor_is_out(world: World, sign_in: SignIn) -> None:
    visit = _live(world)
    visitor = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert visitor.get("/t/acme/").status_code == 200
    path = f"/t/acme/people/visits/{visit.id}/end/"
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    assert browser.post(path, {}).status_code == 422
    assert browser.post(path, {"reason": "enough"}).status_code == 302
    assert visitor.get("/t/acme/").status_code == 404
    [entry] = entries(world, "visit.ended", "acme")
    assert entry.reason == "enough"
    with as_admin(world.acme):
        assert Visit.objects.get(id=visit.id).ended_at is not None
    assert "over" in errors(browser.post(path, {"reason": "again"}))[""]
