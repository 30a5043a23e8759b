from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.platform.governed import exception_of, first, refused
from tests.world import World


def test_an_officer_approves_with_a_reason_and_once(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:exception_approve")
    assert "reason" in refused(browser, path)
    assert browser.post(path, {"reason": "lawful"}).status_code == 302
    found = exception_of(world, things)
    assert (found.status, found.row_count, found.decision_reason) == ("Approved", 0, "lawful")
    assert entries(world, "exception.approved", "acme")[-1].reason == "lawful"
    assert "" in refused(browser, path, reason="again")


def test_one_of_nobody_is_not_found(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:exception_approve").replace(
        str(things.exception), str(things.hold)
    )
    assert browser.post(path, {"reason": "lawful"}).status_code == 404
