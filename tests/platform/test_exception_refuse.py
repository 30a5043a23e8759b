from tests.console.signed_in import SignIn
from tests.platform.governed import exception_of, first, refused
from tests.world import World


def test_an_officer_refuses_with_a_reason(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:exception_refuse")
    assert "reason" in refused(browser, path)
    assert browser.post(path, {"reason": "no basis"}).status_code == 302
    assert exception_of(world, things).status == "Refused"
