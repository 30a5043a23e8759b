from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.platform.governed import first, second
from tests.world import World

PATH = "/platform/windows/"


def test_versions_and_ways_back_are_listed_and_another_confirms(
    world: World, sign_in: SignIn
) -> None:
    browser, things = first(world, sign_in)
    page = browser.get(PATH)
    assert "120 to 90" in words(page)
    assert "the floor" in words(page)
    confirm = things.path("governance:return_confirm")
    assert confirm not in links(page)
    assert things.path("governance:return_decline") in links(page)
    assert confirm in links(second(sign_in).get(PATH))
