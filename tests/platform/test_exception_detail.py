from tests.console.bodies import facts, links
from tests.console.signed_in import SignIn
from tests.platform.governed import first
from tests.world import World


def test_it_says_what_is_asked_and_what_was_frozen(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    path = things.path("governance:exception_detail")
    page = browser.get(path)
    assert facts(page)["Legal basis"] == "GDPR 17"
    assert {f"{path}approve/", f"{path}refuse/", f"{path}withdraw/"} <= set(links(page))
    browser.post(f"{path}approve/", {"reason": "lawful"})
    page = browser.get(path)
    assert facts(page)["Covers"] == "0 rows, as they were then"
    assert f"{path}approve/" not in links(page)
