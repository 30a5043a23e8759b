from tests.console.signed_in import SignIn
from tests.platform.governed import exception_of, first, refused
from tests.world import World


def test_an_officer_withdraws_what_was_approved(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    browser.post(things.path("governance:exception_approve"), {"reason": "lawful"})
    path = things.path("governance:exception_withdraw")
    assert "confirm" in refused(browser, path, confirm="globex")
    assert browser.post(path, {"confirm": "acme"}).status_code == 302
    assert exception_of(world, things).status == "Withdrawn"
