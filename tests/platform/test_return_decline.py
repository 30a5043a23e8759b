from apps.core.access import Role
from apps.retention.models import RetentionPolicy
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.platform.governed import first, refused, return_of
from tests.world import World


def test_who_asked_may_decline_and_no_version_is_made(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:return_decline")
    assert "confirm" in refused(browser, path)
    assert browser.post(path, {"confirm": "acme"}).status_code == 302
    assert return_of(world, things).status == "Declined"
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        assert not RetentionPolicy.objects.filter(return_id=things.window_return).exists()
