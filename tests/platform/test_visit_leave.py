"""Leaving a tenant by the button of the banner."""

from apps.core.access import Role
from apps.people.models import Visit
from apps.people.visits import start_visit
from tests.console.bodies import elements
from tests.console.people import as_platform
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.platform.forms import errors
from tests.world import World


def _live(world: World) -> Visit:
    with as_platform(world.acme):
        return start_visit(tenant_id="acme", reason="ticket 7")


def test_the_banner_leads_out(world: World, sign_in: SignIn) -> None:
    visit = _live(world)
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    page = browser.get("/t/acme/services/")
    actions = [a.get("action") for tag, a, _ in elements(page) if tag == "form"]
    path = f"/platform/visits/{visit.id}/leave/"
    assert path in actions
    assert browser.post(path, {}).status_code == 422
    assert browser.get("/t/acme/").status_code == 200
    answer = browser.post(path, {"leave": "yes"})
    assert (answer.status_code, answer["Location"]) == (302, "/platform/tenants/acme/")
    assert browser.get("/t/acme/").status_code == 404
    [entry] = entries(world, "visit.left", "acme")
    assert (entry.actor_label, entry.reason) == ("platform-admin@acme.test", "ticket 7")
    assert "over" in errors(browser.post(path, {"leave": "yes"}))[""]
