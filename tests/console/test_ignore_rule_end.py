"""Ending an ignore rule: what it hid is shown again."""

from apps.core.access import Role
from apps.drift_findings.models import IgnoreRule
from tests.console.bodies import words
from tests.console.drift import SAID, place
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World

NAME = "drift_findings:ignore_rule_end"


def test_it_ends_with_a_reason(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert "What it hides is shown again: 0 findings." in words(browser.get(things.path(NAME)))
    answer = browser.post(things.path(NAME), SAID)
    assert "nowhere: Ended." in words(browser.get(answer["Location"]))
    with inside(world.acme, "silo", writing=False):
        rule = IgnoreRule.objects.get(id=things.ignore_rule)
    assert (rule.status, rule.end_reason) == ("Ended", "the night shift")


def test_a_second_time_is_refused(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    browser.post(things.path(NAME), SAID)
    page = browser.post(things.path(NAME), SAID)
    assert page.status_code == 422
    assert "only from Active" in errors(page)[""]


def test_the_neighbours_is_out_of_reach(world: World, sign_in: SignIn) -> None:
    mine, theirs = things_of(world.acme, "shared"), things_of(world.globex, "shared")
    path = mine.path(NAME).replace(str(mine.ignore_rule), str(theirs.ignore_rule))
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.post(path, SAID).status_code == 404
