from apps.core.access import Role
from apps.retention.operations import window
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.platform.governed import first, refused
from tests.world import World

PATH = "/platform/windows/lengthen/"
GIVEN = {"tenant_id": "globex", "data_class": "health-result", "days": 60, "reason": "a contract"}


def _window(world: World, tenant: str | None) -> int:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        return window("health-result", tenant)


def test_for_one_tenant_or_for_all_it_is_longer_at_once(world: World, sign_in: SignIn) -> None:
    browser, _ = first(world, sign_in)
    assert browser.post(PATH, GIVEN).status_code == 302
    assert (_window(world, "globex"), _window(world, "acme")) == (60, 30)
    assert browser.post(PATH, {**GIVEN, "tenant_id": "", "days": 45}).status_code == 302
    assert (_window(world, "globex"), _window(world, "acme")) == (60, 45)


def test_shorter_than_the_floor_or_than_it_is_is_refused(world: World, sign_in: SignIn) -> None:
    browser, _ = first(world, sign_in)
    assert "days" in refused(browser, PATH, **{**GIVEN, "days": 29})
    assert "days" in refused(browser, PATH, **{**GIVEN, "days": 99_999})
    assert "" in refused(browser, PATH, **{**GIVEN, "days": 30})
    assert set(refused(browser, PATH)) >= {"data_class", "days", "reason"}
    assert _window(world, "globex") == 30
