"""One deployment: its steps, what it produced, its history."""

from apps.core import door
from apps.core.access import Role
from apps.deployments.operations import fail_deployment, request_deployment
from apps.people.models import Membership, Person
from apps.services.operations import change_service
from apps.tenant_bindings.context import enter_platform
from tests.console.bodies import facts, links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import inside
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
