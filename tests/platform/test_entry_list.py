"""The chains of the control plane: the platform's and the tenants', for governance officers."""

from apps.core import audit
from apps.core.access import PLATFORM_ROLES, Role
from tests.console.bodies import links, row_names, words
from tests.console.paging import there_and_back
from tests.console.signed_in import SignIn
from tests.core.doors import inside, on_platform
from tests.world import World

PATH = "/platform/audit/"


def tell(world: World, tenant: str, count: int = 1, action: str = "test.told") -> None:
    with on_platform(world):
        for number in range(count):
            audit.record(action, object_type="test", object_id=f"{number:03}", tenant_id=tenant)


def test_an_officer_reads_every_chain_of_the_control_plane(world: World, sign_in: SignIn) -> None:
    for tenant in ("platform", "acme", "globex"):
        tell(world, tenant, action=f"{tenant}.told")
    page = sign_in(world.platform[Role.GOVERNANCE_OFFICER]).get(PATH)
    assert row_names(page)[:3] == ["globex.told", "acme.told", "platform.told"]


def test_a_tenant_narrows_it(world: World, sign_in: SignIn) -> None:
    for tenant in ("platform", "acme", "globex"):
        tell(world, tenant, action=f"{tenant}.told")
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    shown = row_names(browser.get(PATH, {"tenant": "acme"}))
    assert "acme.told" in shown
    assert not {"globex.told", "platform.told"} & set(shown)
    assert row_names(browser.get(PATH, {"tenant": "nobody"})) == []


def test_no_row_of_a_tenants_partition_is_in_it(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "shared"):
        audit.record("inner.told", object_type="test", object_id="1")
    page = sign_in(world.platform[Role.GOVERNANCE_OFFICER]).get(PATH, {"action": "inner."})
    assert "Nothing matches" in words(page)


def test_its_pages_lead_there_and_back(world: World, sign_in: SignIn) -> None:
    tell(world, "acme", 60)
    tell(world, "platform", 60)
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    pages = there_and_back(browser, f"{PATH}?action=test.told")
    assert [len(page) for page in pages] == [50, 50, 20]


def test_officers_alone_see_the_way_there(world: World, sign_in: SignIn) -> None:
    for role in PLATFORM_ROLES:
        home = sign_in(world.platform[role]).get("/platform/")
        assert (PATH in links(home)) is (role == Role.GOVERNANCE_OFFICER)


def test_whoever_is_refused_stands_in_the_platforms_chain(world: World, sign_in: SignIn) -> None:
    assert sign_in(world.platform[Role.PLATFORM_ADMIN]).get(PATH).status_code == 403
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    shown = words(browser.get(PATH, {"action": "access.refused", "tenant": "platform"}))
    assert world.platform[Role.PLATFORM_ADMIN].email in shown
