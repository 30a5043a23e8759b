from apps.core.access import Role
from apps.retention.models import LegalHold
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform
from tests.platform.governed import first, refused
from tests.world import World

PATH = "/platform/holds/place/"
GIVEN = {
    "tenant_id": "globex", "data_classes": ["health-result"], "matter": "Doe v. Globex",
    "reason": "a court",
}  # fmt: skip


def test_an_officer_places_one(world: World, sign_in: SignIn) -> None:
    browser, _ = first(world, sign_in)
    where = browser.post(PATH, GIVEN)["Location"]
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        hold = LegalHold.objects.get(matter="Doe v. Globex")
    assert where == f"/platform/holds/{hold.id}/"
    assert (hold.tenant_id, hold.data_classes) == ("globex", ["health-result"])
    assert entries(world, "hold.placed", "globex")[-1].reason == "a court"


def test_what_is_wrong_stands_beside_its_field(world: World, sign_in: SignIn) -> None:
    browser, _ = first(world, sign_in)
    assert set(refused(browser, PATH)) >= {"tenant_id", "data_classes", "matter", "reason"}
    assert "data_classes" in refused(browser, PATH, **{**GIVEN, "data_classes": ["all"]})
    assert browser.post(PATH, {**GIVEN, "tenant_id": "nobody"}).status_code == 404
