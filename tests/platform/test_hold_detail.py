from tests.console.bodies import facts, links
from tests.console.signed_in import SignIn
from tests.platform.governed import first, second
from tests.world import World


def test_it_says_who_placed_it_and_offers_what_its_state_admits(
    world: World, sign_in: SignIn
) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:hold_detail")
    page = browser.get(path)
    assert facts(page)["Matter"] == "a matter"
    assert f"{path}propose-lift/" in links(page)
    assert f"{path}lift/" not in links(page)
    browser.post(f"{path}propose-lift/", {"reason": "settled"})
    # Who proposed it is not offered to lift it.
    assert f"{path}lift/" not in links(browser.get(path))
    assert f"{path}lift/" in links(second(sign_in).get(path))
