"""Taking an acknowledgement back."""

from apps.core.access import Role
from apps.drift_findings.operations import acknowledge_finding
from tests.console.bodies import facts
from tests.console.drift import SAID, finding_of, place
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World

NAME = "drift_findings:finding_unacknowledge"


def test_what_was_acknowledged_is_open_again(world: World, sign_in: SignIn) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        acknowledge_finding(things.finding, reason="known")
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    answer = browser.post(things.path(NAME), SAID)
    assert finding_of(world).status == "Open"
    assert facts(browser.get(answer["Location"]))["Acknowledged"] == "by nobody"


def test_what_is_open_cannot_be_taken_back(world: World, sign_in: SignIn) -> None:
    things = place(world)
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).post(things.path(NAME), SAID)
    assert page.status_code == 422
    assert "only from Acknowledged" in errors(page)[""]
