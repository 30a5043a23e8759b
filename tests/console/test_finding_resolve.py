"""Resolving a finding: with a reason, and the environment named where it is of production."""

from apps.core.access import Role
from tests.console.bodies import words
from tests.console.drift import SAID, finding_of, place
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World

NAME = "drift_findings:finding_resolve"


def test_an_operator_does_it_with_a_reason(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    answer = browser.post(things.path(NAME), SAID)
    assert answer.status_code == 302
    assert finding_of(world).status == "Resolved"
    page = browser.get(answer["Location"])
    assert "replicas /services/web/replicas: Resolved." in words(page)
    assert "finding.resolved" in words(page)
    assert "the night shift" in words(page)


def test_without_a_reason_or_the_name_nothing_happens(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for typed, wrong in (
        ({**SAID, "reason": ""}, "reason"),
        ({**SAID, "confirm": "acme"}, "confirm"),
        ({"reason": "x"}, "confirm"),
    ):
        page = browser.post(things.path(NAME), typed)
        assert page.status_code == 422
        assert wrong in errors(page)
    assert finding_of(world).status == "Open"


def test_a_second_time_is_refused(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    browser.post(things.path(NAME), SAID)
    page = browser.post(things.path(NAME), SAID)
    assert page.status_code == 422
    assert "only from" in errors(page)[""]


def test_the_neighbours_twin_is_out_of_reach(world: World, sign_in: SignIn) -> None:
    mine, theirs = things_of(world.acme, "shared"), things_of(world.globex, "shared")
    path = mine.path(NAME).replace(str(mine.finding), str(theirs.finding))
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.post(path, SAID).status_code == 404
    with inside(world.globex, "shared", writing=False):
        from apps.drift_findings.models import RuntimeDriftFinding

        assert RuntimeDriftFinding.objects.get(id=theirs.finding).status == "Open"
