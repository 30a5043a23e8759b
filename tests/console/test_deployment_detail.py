"""One deployment: its steps, what it produced, its history."""

from apps.core.access import Role
from apps.deployments.operations import fail_deployment, request_deployment
from apps.services.operations import change_service
from tests.console.bodies import facts, links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

NAME = "deployments:deployment_detail"


def test_it_shows_what_it_produced_and_leads_to_its_parts(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME))
    assert facts(page)["Gate"].startswith("external")
    for other in ("services:service_detail", "deployments:step_log"):
        assert things.path(other) in links(page)
    assert things.path("configurations:configuration_detail") in links(page)
    assert "1. create services" in words(page) or "create services" in words(page)


def test_the_one_before_is_a_link(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        later = change_service(things.service, version="2.0").deployment_id
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    page = browser.get(things.path(NAME).replace(str(things.deployment), str(later)))
    assert things.path(NAME) in links(page)


def test_one_that_is_under_way_and_one_that_failed_are_shown(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        waiting = request_deployment(release_ref="r2", reason="to try", steps=["one", "two"])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    path = things.path(NAME).replace(str(things.deployment), str(waiting.id))
    assert "Requested" in words(browser.get(path))
    with inside(world.acme, "silo"):
        fail_deployment(waiting.id, reason="it was wrong")
    text = words(browser.get(path))
    assert "Failed" in text
    assert "it was wrong" in text
