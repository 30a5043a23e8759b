"""The page after signing in: where one may go."""

from collections.abc import Callable

from django.db.models.functions import Now

from apps.core import door
from apps.core.access import Role
from apps.people.models import Membership
from tests.console.bodies import links
from tests.console.signed_in import SignIn, browser_of
from tests.world import World


def test_somebody_of_one_tenant_is_led_there_and_nowhere_else(
    world: World, sign_in: SignIn
) -> None:
    found = links(sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/"))
    assert "/t/acme/" in found
    assert not [link for link in found if "globex" in link or "/platform/" in link]


def test_people_of_the_platform_are_led_to_the_fleet(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.platform[Role.GOVERNANCE_OFFICER]).get("/")
    assert "/platform/" in links(page)
    assert "governance-officer" in page.content.decode()
    assert not [link for link in links(page) if link.startswith("/t/")]


def test_every_role_that_one_has_is_named(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get("/").content.decode()
    assert "tenant-auditor" in page
    assert "Acme" in page


def test_a_role_that_has_ended_leads_nowhere(fresh: Callable[[], World]) -> None:
    world = fresh()
    person = world.acme.people[Role.TENANT_VIEWER]
    browser = browser_of(person)
    assert browser.get(f"/t/{world.acme.slug}/").status_code == 200
    with door.using("owner"):
        Membership.objects.filter(person=person).update(ended_at=Now())
    page = browser.get("/")
    assert f"/t/{world.acme.slug}/" not in links(page)
    assert "You belong to no tenant yet" in page.content.decode()
    assert browser.get(f"/t/{world.acme.slug}/").status_code == 404
