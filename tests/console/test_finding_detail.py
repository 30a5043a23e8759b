"""One finding: the difference, when it was seen, what people said, the deployments around it."""

from apps.core.access import Role
from apps.deployments.operations import carry_to_completed, request_deployment
from apps.drift_findings.operations import (
    acknowledge_finding,
    create_ignore_rule,
    resolve_finding,
)
from tests.console.bodies import facts, links, words
from tests.console.drift import place
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.drift_findings.seen import in_days, look
from tests.world import World

NAME = "drift_findings:finding_detail"


def test_it_says_what_was_expected_and_what_was_seen_when_and_by_whom(
    world: World, sign_in: SignIn
) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        look(web=("registry.test/web:1.0", 7))
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    shown = facts(page)
    assert (shown["Expected"], shown["Observed"]) == ("3", "7")
    assert shown["Thing"] == "web"
    assert shown["First seen"].endswith("check of tests")
    assert shown["Last seen"] == "just now check of tenant-operator@acme.test"
    assert shown["Acknowledged"] == "by nobody"


def test_what_people_said_of_it_stands_there(world: World, sign_in: SignIn) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        acknowledge_finding(things.finding, reason="for the sale")
        resolve_finding(things.finding, reason="taken back")
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    assert "tenant-operator@acme.test, just now : for the sale" in facts(page)["Acknowledged"]
    assert "by hand, just now : taken back" in facts(page)["Resolved"]
    assert "finding.acknowledged" in words(page)
    assert "finding.resolved" in words(page)


def test_deployments_before_and_after_it_stand_beside_it(world: World, sign_in: SignIn) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        carry_to_completed(request_deployment(release_ref="r-after", gate="external"), [""])
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME)))
    assert text.index("r-after") < text.index("2 made by hand")
    assert "after it was found" in text


def test_that_a_rule_hides_it_is_said_with_the_rule(world: World, sign_in: SignIn) -> None:
    things = place(world)
    with inside(world.acme, "silo"):
        create_ignore_rule(
            module_id="web", reason="by hand for now", owner="team web", expires_at=in_days(3)
        )
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME)))
    assert "An ignore rule of team web hides this until" in text
    assert "by hand for now" in text


def test_only_the_verbs_of_its_state_are_offered_and_only_to_who_may(
    world: World, sign_in: SignIn
) -> None:
    things = place(world)
    path = things.path(NAME)

    def offered(role: Role) -> set[str]:
        found = links(sign_in(world.acme.people[role]).get(path))
        return {link.removeprefix(path).strip("/") for link in found if link.startswith(path)}

    assert offered(Role.TENANT_VIEWER) == set()
    assert offered(Role.TENANT_OPERATOR) == {"acknowledge", "resolve", "ignore"}
    with inside(world.acme, "silo"):
        acknowledge_finding(things.finding, reason="x")
    assert offered(Role.TENANT_OPERATOR) == {"unacknowledge", "resolve", "ignore"}
    with inside(world.acme, "silo"):
        resolve_finding(things.finding, reason="x")
    assert offered(Role.TENANT_OPERATOR) == set()


def test_another_tenants_is_not_there(world: World, sign_in: SignIn) -> None:
    mine, theirs = things_of(world.acme, "shared"), things_of(world.globex, "shared")
    path = mine.path(NAME).replace(str(mine.finding), str(theirs.finding))
    assert sign_in(world.acme.people[Role.TENANT_ADMIN]).get(path).status_code == 404
