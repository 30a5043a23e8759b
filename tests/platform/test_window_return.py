from apps.core.access import Role
from apps.retention.models import WindowReturn
from apps.retention.operations import set_retention
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.platform.governed import first, refused
from tests.world import World

PATH = "/platform/windows/return/"
GIVEN = {"tenant_id": "globex", "data_class": "health-result", "days": 30, "reason": "it ended"}


def test_it_is_asked_for_by_who_has_seen_what_becomes_due(world: World, sign_in: SignIn) -> None:
    browser, _ = first(world, sign_in)
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        set_retention(tenant_id="globex", data_class="health-result", days=60, reason="r")
        before = WindowReturn.objects.count()
    unseen = browser.post(PATH, GIVEN)
    assert unseen.status_code == 422
    assert "What becomes due" in words(unseen)
    assert "becomes_due" in refused(browser, PATH, **GIVEN, becomes_due="7")
    total = unseen.context["preview"].total
    assert browser.post(PATH, {**GIVEN, "becomes_due": total}).status_code == 302
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        assert WindowReturn.objects.count() == before + 1
        asked = WindowReturn.objects.filter(tenant_id="globex", status="Asked").latest("id")
    assert (asked.tenant_id, asked.from_days, asked.days, asked.status) == (
        "globex", 60, 30, "Asked",
    )  # fmt: skip


def test_below_the_floor_it_is_refused(world: World, sign_in: SignIn) -> None:
    browser, _ = first(world, sign_in)
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        set_retention(tenant_id="globex", data_class="health-result", days=60, reason="r")
    below = {**GIVEN, "days": 29}
    total = browser.post(PATH, below).context["preview"].total
    assert "days" in refused(browser, PATH, **below, becomes_due=total)
