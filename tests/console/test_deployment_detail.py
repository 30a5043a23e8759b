"""One deployment: its steps, what it produced, its history."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import door
from apps.core.access import Role
from apps.deployments.logs import write_step_log
from apps.deployments.operations import (
    advance_deployment,
    fail_deployment,
    fail_step,
    request_deployment,
    start_step,
    steps_of,
    succeed_step,
)
from apps.people.models import Membership, Person
from apps.services.operations import ServiceSpec, change_service
from apps.services.releases import apply_release
from apps.tenant_bindings.context import enter_platform
from tests.console.bodies import facts, links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn, browser_of
from tests.console.test_query_counts import ENTER, SAVEPOINT
from tests.core.doors import inside
from tests.health_results.results import record, result
from tests.isolation.logins import connect, rows
from tests.retention.ages import DEPLOYMENTS
from tests.retention.certificates import bodies, old, run
from tests.world import OPERATOR, World

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


def test_what_it_names_and_has_gone_is_told_with_its_certificate(committed: None) -> None:
    found = old("silo")
    with door.using("owner"), enter_platform(actor=OPERATOR):
        people = {
            role: Person.objects.create(email=f"{role}@{found.slug}.test", name="P", password="-")
            for role in (Role.TENANT_AUDITOR, Role.TENANT_VIEWER)
        }
        for role, person in people.items():
            Membership.objects.create(person=person, tenant_id=found.slug, role=role)
    purged, left = found.deployments[1:3]
    run(found)
    (body,) = bodies(found)
    here = f"/t/{found.slug}/environments/{found.environment}/"
    certificate = f"/t/{found.slug}/retention/certificates/{body['certificateId']}/"
    today = f"purged on {body['issuedAt'][:10]}"
    page = browser_of(people[Role.TENANT_AUDITOR]).get(f"{here}deployments/{left}/")
    assert today in facts(page)["Previous"]
    assert certificate in links(page)
    assert f"{here}deployments/{purged}/" not in links(page)
    # The first is still there, for a service names it; the service that it made beside has gone.
    with connect("owner") as owner:
        ((first,),) = rows(
            owner,
            f"SELECT min(id::text) FROM {found.table(DEPLOYMENTS)} WHERE tenant_id = %s",
            [found.slug],
        )
    page = browser_of(people[Role.TENANT_VIEWER]).get(f"{here}deployments/{first}/")
    gone = found.tenant.services["silo"]["cart"]
    assert words(page).count(today) == 1
    assert f"{here}services/{gone}/" not in links(page)
    assert certificate not in links(page)


def under_way(world: World, sign_in: SignIn, **given: Any) -> tuple[Any, str, Any]:
    """(browser, path, deployment) of one just requested."""
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        made = request_deployment(release_ref="r2", steps=["one", "two"], **given)
    path = things.path(NAME).replace(str(things.deployment), str(made.id))
    return sign_in(world.acme.people[Role.TENANT_OPERATOR]), path, made


def moving(browser: Any, path: str, seen: str) -> Any:
    return browser.get(f"{path}?seen={seen}", headers={"HX-Request": "true", "HX-Target": "moving"})


def test_while_it_is_under_way_the_page_asks_for_its_moving_part_and_then_no_more(
    world: World, sign_in: SignIn
) -> None:
    browser, path, made = under_way(world, sign_in)
    again = f'hx-get="{path}?seen=Requested"'
    assert again in browser.get(path).content.decode()
    part = moving(browser, path, "Requested")
    assert again in part.content.decode() and "<html" not in part.content.decode()
    assert facts(part)["Elapsed"] and "in" in facts(part)["Deadline"]
    with inside(world.acme, "silo"):
        advance_deployment(made.id)
    turned = moving(browser, path, "Requested")
    assert turned["HX-Refresh"] == "true"  # the verbs and the head are others now
    with inside(world.acme, "silo"):
        fail_deployment(made.id, reason="it was wrong")
    assert moving(browser, path, "Provisioning")["HX-Refresh"] == "true"
    over = browser.get(path)
    assert 'hx-trigger="every' not in over.content.decode()
    assert "Waits for" not in facts(over) and facts(over)["Took"]


def test_the_moving_part_asks_for_itself_alone(world: World, sign_in: SignIn) -> None:
    browser, path, _ = under_way(world, sign_in)
    moving(browser, path, "Requested")
    with CaptureQueriesContext(connection) as captured:
        moving(browser, path, "Requested")
    assert len(captured) - SAVEPOINT == ENTER + 2  # the deployment; its steps


def test_what_it_waits_for_is_named_state_by_state(world: World, sign_in: SignIn) -> None:
    browser, path, made = under_way(world, sign_in)
    things = things_of(world.acme)
    assert "whoever deploys to say that it begins" in facts(browser.get(path))["Waits for"]
    with inside(world.acme, "silo"):
        for _ in range(3):
            advance_deployment(made.id)
    assert "1. one" in facts(browser.get(path))["Waits for"]
    with inside(world.acme, "silo"):
        for step in steps_of(made):
            start_step(step.id)
            succeed_step(step.id)
        apply_release(
            made, [ServiceSpec("cart", "registry.test/cart:3", "3", 2)], retire_missing=False
        )
        advance_deployment(made.id)
    page = browser.get(path)
    assert facts(page)["Waits for"].startswith("a fresh Healthy result of cart")
    assert "/t/acme/services/?q=cart" in links(page)
    with inside(world.acme, "silo"):
        record(result(things.service))
    assert "the health gate passes now" in facts(browser.get(path))["Waits for"]


def test_the_log_of_the_step_that_failed_stands_there_at_once(
    world: World, sign_in: SignIn
) -> None:
    browser, path, made = under_way(world, sign_in)
    with inside(world.acme, "silo"):
        one, two = steps_of(made)
        for step in (one, two):
            start_step(step.id)
        write_step_log(fail_step(one.id, reason="it broke"), b"said\n")
        write_step_log(succeed_step(two.id), b"said\n")
    page = browser.get(path)
    assert page.context["opened"] == one
    assert f'hx-get="{path}steps/{one.id}/"' in page.content.decode()
