"""The bindings of the fleet."""

from apps.core.access import Role
from apps.tenant_bindings.operations import request_binding
from tests.console.bodies import row_names
from tests.console.paging import there_and_back
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform, requested_environment
from tests.world import World

PATH = "/platform/bindings/"


def test_120_bindings_are_walked_newest_first(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        for _ in range(120):
            request_binding(tenant_id="acme", environment_id=requested_environment(), quota={})
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    pages = there_and_back(browser, PATH + "?status=Pending&q=ac")
    assert [len(page) for page in pages] == [50, 50, 20]


def test_search_is_by_the_beginning_of_a_tenants_slug(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    assert row_names(browser.get(PATH, {"q": "GLOBEX"}))[-3:] == ["globex"] * 3
    assert row_names(browser.get(PATH, {"q": "lobex"})) == []


def test_status_and_isolation_narrow_it(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    found = row_names(browser.get(PATH, {"q": "acme", "isolation": "silo", "status": "Active"}))
    assert "acme" in found
    assert row_names(browser.get(PATH, {"q": "acme", "status": "Suspended"})) == []


def test_an_environment_narrows_it_however_old_it_is(world: World, sign_in: SignIn) -> None:
    environment = world.acme.environments["shared"]
    with on_platform(world):
        for _ in range(201):
            requested_environment()
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    choices = browser.get("/platform/bindings/").content.decode()
    assert f'value="{environment}"' not in choices
    page = browser.get("/platform/bindings/", {"environment": str(environment)})
    assert sorted(row_names(page)) == ["acme", "globex"]
