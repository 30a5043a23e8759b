from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.platform.governed import first, hold_of, refused
from tests.world import World


def test_what_becomes_due_is_shown_first_and_nothing_is_lifted_yet(
    world: World, sign_in: SignIn
) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:hold_propose_lift")
    page = browser.get(path)
    assert "What becomes due" in words(page)
    assert page.context["preview"].rows == []
    assert "reason" in refused(browser, path)
    assert browser.post(path, {"reason": "settled"}).status_code == 302
    hold = hold_of(world, things)
    assert (hold.status, hold.lift_reason) == ("LiftProposed", "settled")
    assert "" in refused(browser, path, reason="settled")
