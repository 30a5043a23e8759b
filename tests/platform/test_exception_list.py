from tests.console.bodies import links, row_names, words
from tests.console.signed_in import SignIn
from tests.platform.governed import first
from tests.world import World


def test_officers_see_what_every_tenant_asks(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    page = browser.get("/platform/exceptions/")
    assert "step-log" in row_names(page)
    assert f"/platform/exceptions/{things.exception}/" in links(page)
    assert "GDPR 17" in words(page)
    assert "Ask for an exception" not in words(page)
    spent = browser.get("/platform/exceptions/?status=Spent")
    assert f"/platform/exceptions/{things.exception}/" not in links(spent)
