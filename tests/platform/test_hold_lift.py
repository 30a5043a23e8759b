from tests.console.bodies import facts, words
from tests.console.signed_in import SignIn
from tests.platform.governed import first, hold_of, refused, second
from tests.world import World


def test_a_second_officer_lifts_it_and_the_grace_is_shown(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    path, home = things.path("governance:hold_lift"), things.path("governance:hold_detail")
    assert "" in refused(second(sign_in), path, confirm="acme")  # nobody has proposed it
    browser.post(things.path("governance:hold_propose_lift"), {"reason": "settled"})
    assert browser.post(path, {"confirm": "acme"}).status_code == 403
    other = second(sign_in)
    assert "What becomes due" in words(other.get(path))
    assert "confirm" in refused(other, path, confirm="another")
    assert hold_of(world, things).status == "LiftProposed"
    assert other.post(path, {"confirm": "acme"})["Location"] == home
    hold = hold_of(world, things)
    assert hold.status == "Lifted"
    assert (hold.ends_at - hold.lifted_at).days == 30
    assert "held until" in facts(browser.get(home))["Grace"]
