from tests.console.bodies import row_names, words
from tests.console.signed_in import SignIn
from tests.platform.governed import first
from tests.world import World


def test_officers_see_what_every_tenant_asks(world: World, sign_in: SignIn) -> None:
    browser, _ = first(world, sign_in)
    page = browser.get("/platform/exceptions/")
    assert row_names(page) == ["step-log"]
    assert "GDPR 17" in words(page)
    assert "Ask for an exception" not in words(page)
    assert row_names(browser.get("/platform/exceptions/?status=Spent")) == []
