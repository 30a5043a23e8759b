"""What was due and did not go, for the platform's people; and a banner where they come by."""

import pytest

from apps.core import door
from apps.core.access import PLATFORM_ROLES, Actor, Role
from apps.tenant_bindings.context import enter_platform
from apps.upkeep.alerts import clear_alerts, raise_alert
from apps.upkeep.models import AlertKind
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import run
from tests.people.roles import as_owner
from tests.world import World

PATH = "/platform/alerts/"
WORKER = Actor("worker", label="runtime-inventory-worker")
TOLD = "0 of 41 gone: due and none gone"


def _raise(world: World) -> None:
    with door.using("steward"), enter_platform(actor=WORKER):
        raise_alert(
            AlertKind.NOTHING_WENT, of_tenant="acme", data_class="retired-service", told=TOLD
        )


def _end() -> None:
    with door.using("steward"), enter_platform(actor=WORKER):
        clear_alerts(AlertKind.NOTHING_WENT, {("acme", "retired-service")})


def test_where_there_is_none_it_says_so(world: World, sign_in: SignIn) -> None:
    page = words(sign_in(world.platform[Role.PLATFORM_VIEWER]).get(PATH))
    assert "What waits to go" in page


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_an_open_alert_is_a_banner_until_it_ends(world: World, committed: None, role: Role) -> None:
    browser = browser_of(world.platform[role])
    pages = ["/platform/", "/platform/jobs/"]
    if role == Role.GOVERNANCE_OFFICER:
        pages.append("/platform/retention/runs/")
    _raise(world)
    for path in pages:
        answer = browser.get(path)
        assert TOLD in words(answer), path
        assert {PATH, "/platform/tenants/acme/"} <= set(links(answer)), path
    listed = words(browser.get(PATH))
    assert TOLD in listed and "Open" in listed
    _end()
    for path in pages:
        assert TOLD not in words(browser.get(path)), path
    assert TOLD in words(browser.get(PATH)), "what it was stays"


def test_what_waits_stands_below_with_its_age(world: World, committed: None) -> None:
    as_owner(
        "INSERT INTO upkeep_backlog (id, tenant_id, of_tenant, data_class, due, kept, "
        "oldest_due_at) VALUES (gen_random_uuid(), 'platform', 'globex', 'of a page', 1234, 5, "
        "'2020-02-03Z')"
    )
    page = words(browser_of(world.platform[Role.PLATFORM_ADMIN]).get(PATH))
    as_owner("DELETE FROM upkeep_backlog WHERE data_class = 'of a page'")
    assert "1,234" in page and "globex of a page" in page


def test_what_is_told_is_text(world: World, sign_in: SignIn, committed: None) -> None:
    with door.using("steward"), enter_platform(actor=WORKER):
        raise_alert(
            AlertKind.OVERDUE, of_tenant="acme", data_class="x", told="<script>alert(1)</script>"
        )
    browser = browser_of(world.platform[Role.PLATFORM_ADMIN])
    for path in (PATH, "/platform/"):
        assert "<script>alert(1)" not in browser.get(path).content.decode()
    with door.using("steward"), enter_platform(actor=WORKER):
        clear_alerts(AlertKind.OVERDUE, {("acme", "x")})


def test_no_tenant_is_told_of_them(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    assert browser.get(PATH).status_code == 404
    assert run("SELECT count(*) FROM upkeep_alert") == [(0,)]
