"""An ignore rule from a finding: its words, and how many it would hide."""

from apps.core.access import Role
from apps.drift_findings.models import IgnoreRule
from tests.console.bodies import words
from tests.console.drift import place
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors, values
from tests.world import World

NAME = "drift_findings:finding_ignore"


def test_it_begins_with_the_words_of_the_finding_and_says_how_many_it_would_hide(
    world: World, sign_in: SignIn
) -> None:
    things = place(world)
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(things.path(NAME))
    assert "Would hide 1 finding that is not resolved" in words(page)
    shown = values(page)
    assert (shown["kind"], shown["module_id"], shown["shown"]) == ("replicas", "web", "1")
    assert shown["path_prefix"] == "/services/web/replicas"


def test_saved_it_hides_the_finding(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    typed = {**values(browser.get(things.path(NAME))), "reason": "by hand", "confirm": "prod"}
    typed.pop("everywhere", None)
    answer = browser.post(things.path(NAME), typed)
    assert answer.status_code == 302
    page = browser.get(answer["Location"])
    assert "The rule hides 1 findings." in words(page)
    assert "hides this until" in words(page)
    with inside(world.acme, "silo", writing=False):
        rule = IgnoreRule.objects.latest("id")
    assert rule.owner == "tenant-operator@acme.test"
    assert not rule.everywhere


def test_where_the_number_has_moved_it_stops_and_asks(world: World, sign_in: SignIn) -> None:
    things = place(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    typed = {**values(browser.get(things.path(NAME))), "reason": "by hand", "confirm": "prod"}
    typed.pop("everywhere", None)
    wider = {**typed, "kind": "", "path_prefix": "/services/x"}
    page = browser.post(things.path(NAME), wider)
    assert page.status_code == 422
    assert "It would hide 0 now. Save again" in errors(page)[""]
    again = {**wider, "shown": values(page)["shown"]}
    assert browser.post(things.path(NAME), again).status_code == 302


def test_the_neighbours_finding_lends_no_words(world: World, sign_in: SignIn) -> None:
    mine, theirs = things_of(world.acme, "shared"), things_of(world.globex, "shared")
    path = mine.path(NAME).replace(str(mine.finding), str(theirs.finding))
    assert sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(path).status_code == 404
