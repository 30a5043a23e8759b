"""One service: what we did, what we see, and its history."""

from apps.core.access import Role
from apps.services.operations import change_service, run_service, stop_service
from tests.console.bodies import facts, links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.health_results.results import ago, record, result
from tests.world import World

NAME = "services:service_detail"


def test_last_deployment_and_live_state_are_two_facts(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        change_service(things.service, version="2.0", image="registry.test/cart:2.0")
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    shown = facts(browser.get(things.path(NAME)))
    assert shown["Version"] == "2.0"
    assert shown["Release"] == "cart changed by hand"
    assert shown["Last observed"] == "never"
    assert "Stale" in shown["Status"]


def test_seen_at_work_it_is_no_longer_stale(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        run_service(things.service)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    assert facts(page)["Status"] == "Running"
    assert facts(page)["Last observed"] == "just now"


def test_its_policy_and_its_deployments_stand_beside_it(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        change_service(things.service, version="1.1", replicas=5)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    assert "2 to 2 replicas" in facts(page)["Scaling"]
    assert "1.0 → 1.1" in words(page)
    assert "2 → 5" in words(page)


def test_its_history_is_its_audit_trail(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        stop_service(things.service, reason="for the night")
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME)))
    assert "service.stopped tenant-operator@acme.test" in text
    assert "for the night" in text


def test_its_health_stands_beside_it_with_a_way_to_all_results(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        record(result("cart", checked_at=ago(minutes=1)))
        record(result("cart", "Degraded", detail="disk is full", latency_ms=812))
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    text = words(page)
    assert "Degraded http 812 ms" in text
    assert "disk is full" in text
    assert page.content.decode().count("<rect class=") == 48
    assert things.path("health_results:service_health") in links(page)
    assert "Degraded" in facts(page)["Status"]
    assert "by its health results" in text


def test_the_neighbours_twin_is_untouched(world: World, sign_in: SignIn) -> None:
    mine, theirs = things_of(world.acme, "shared"), things_of(world.globex, "shared")
    before = facts(sign_in(world.stranger).get(theirs.path(NAME)))
    with inside(world.acme, "shared"):
        change_service(mine.service, version="9.9")
    assert facts(sign_in(world.stranger).get(theirs.path(NAME))) == before
