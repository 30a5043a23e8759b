from tests.console.signed_in import SignIn
from tests.platform.governed import first, hold_of, refused
from tests.world import World


def test_a_proposal_is_taken_back(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:hold_keep")
    assert "" in refused(browser, path, confirm="acme")
    browser.post(things.path("governance:hold_propose_lift"), {"reason": "settled"})
    assert "confirm" in refused(browser, path, confirm="globex")
    assert browser.post(path, {"confirm": "acme"}).status_code == 302
    assert hold_of(world, things).status == "Placed"
