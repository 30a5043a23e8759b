from apps.core.access import Role
from apps.retention.models import RetentionPolicy
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.platform.governed import first, refused, return_of, second
from tests.world import World


def test_a_second_officer_confirms_and_it_takes_72_hours(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:return_confirm")
    assert browser.post(path, {"confirm": "acme"}).status_code == 403
    other = second(sign_in)
    assert "What becomes due" in words(other.get(path))
    assert "confirm" in refused(other, path)
    assert other.post(path, {"confirm": "acme"}).status_code == 302
    assert return_of(world, things).status == "Confirmed"
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        made = RetentionPolicy.objects.get(return_id=things.window_return)
    assert (made.days, (made.in_force_at - made.created_at).total_seconds()) == (90, 72 * 3600)
    assert "" in refused(other, path, confirm="acme")
