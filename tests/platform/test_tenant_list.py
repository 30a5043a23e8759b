"""The tenants of the fleet."""

from apps.core.access import Role
from apps.tenant_bindings.release import release_binding
from apps.tenants.operations import onboard_tenant
from tests.console.bodies import facts, row_names
from tests.console.paging import there_and_back
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World

PATH = "/platform/tenants/"


def test_every_tenant_is_there_but_the_platform_itself(world: World, sign_in: SignIn) -> None:
    names = row_names(sign_in(world.platform[Role.PLATFORM_VIEWER]).get(PATH))
    assert {"Acme", "Globex"} <= set(names)
    assert "Platform" not in names


def test_120_tenants_are_walked_there_and_back(world: World, sign_in: SignIn) -> None:
    slugs = sorted([f"zz{n:03}" for n in range(60)] + [f"zz-{n:03}" for n in range(60)])
    with on_platform(world):
        for slug in slugs:
            onboard_tenant(slug=slug, name=slug)
    pages = there_and_back(sign_in(world.platform[Role.PLATFORM_VIEWER]), PATH + "?q=ZZ")
    assert [len(page) for page in pages] == [50, 50, 20]
    found = [name for page in pages for name in page]
    assert sorted(found) == slugs


def test_search_is_by_the_beginning_of_a_slug(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    assert row_names(browser.get(PATH, {"q": "ac"}))[0] == "Acme"
    assert "Acme" not in row_names(browser.get(PATH, {"q": "cme"}))
    assert row_names(browser.get(PATH, {"status": "Closed"})) == []


def test_who_may_onboard_sees_the_way(world: World, sign_in: SignIn) -> None:
    for role, seen in ((Role.PLATFORM_ADMIN, True), (Role.GOVERNANCE_OFFICER, False)):
        page = sign_in(world.platform[role]).get(PATH)
        assert ("/platform/tenants/new/" in page.content.decode()) is seen


def test_bindings_that_are_not_released_are_counted(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        release_binding(world.acme.bindings["pool"])
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    text = browser.get("/platform/tenants/", {"q": "acme"}).content.decode()
    assert 'data-label="Bindings" class="num">2<' in text
    assert facts(browser.get("/platform/tenants/acme/"))["Bindings"] == "2 Active, 1 Released"
