"""What the form of every verb of a service must do, said once: each page's own file calls it."""

from apps.core.access import Role
from apps.services.models import RuntimeService
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World


def status(world: World, model: str = "silo", whose: str = "acme") -> str:
    tenant = getattr(world, whose)
    with inside(tenant, model, writing=False):
        return RuntimeService.objects.get(id=tenant.services[model]["cart"]).status


def check_verb(
    world: World, sign_in: SignIn, verb: str, target: str, action: str, typed: str = "prod"
) -> None:
    """Asked for a reason and the name typed; done once, on record, and nobody else's."""
    things = things_of(world.acme)
    path, before = things.path(f"services:service_{verb}"), status(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for wrong in ({"reason": "", "confirm": typed}, {"reason": "x", "confirm": "no"}):
        page = browser.post(path, wrong)
        assert page.status_code == 422
        assert set(errors(page)) == {"", "reason" if not wrong["reason"] else "confirm"}
        assert status(world) == before
    answer = browser.post(path, {"reason": "for the night", "confirm": typed})
    assert answer.status_code == 302
    assert answer["Location"] == things.path("services:service_detail")
    assert status(world) == target
    text = words(browser.get(answer["Location"]))
    assert f"cart is {target}." in text
    assert f"{action} tenant-operator@acme.test" in text
    assert "for the night" in text
    # The neighbour's twin is as it was, and who may only read is refused.
    assert status(world, whose="globex") == "Pending"
    viewer = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert viewer.post(path, {"reason": "x", "confirm": typed}).status_code == 403


def check_refused(world: World, sign_in: SignIn, verb: str) -> None:
    """In a state that does not admit it the page says why, and the button is not there."""
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = browser.post(things.path(f"services:service_{verb}"), {"reason": "x", "confirm": "prod"})
    assert page.status_code == 422
    assert f"cannot {verb}: only from" in errors(page)[""]
    shown = browser.get(things.path("services:service_detail")).content.decode()
    assert f'href="{verb}/"' not in shown
