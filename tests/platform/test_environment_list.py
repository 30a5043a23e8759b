"""The environments of the fleet."""

from apps.core.access import Role
from tests.console.bodies import row_names
from tests.console.paging import there_and_back
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform, requested_environment
from tests.world import World

PATH = "/platform/environments/"


def test_120_environments_are_walked_newest_first(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        for number in range(120):
            requested_environment(name=f"zz{number:03}")
    pages = there_and_back(sign_in(world.platform[Role.PLATFORM_VIEWER]), PATH + "?q=zz")
    names = [name for page in pages for name in page]
    assert names == [f"zz{number:03}" for number in range(119, -1, -1)]


def test_stage_and_isolation_narrow_it(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        requested_environment("silo", name="alone", stage="dev", tenant_id="acme")
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    assert row_names(browser.get(PATH, {"stage": "dev", "isolation": "silo"})) == ["alone"]
    assert row_names(browser.get(PATH, {"stage": "dev", "isolation": "pool"})) == []
