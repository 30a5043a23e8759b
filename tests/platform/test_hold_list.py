from apps.core.access import Role
from tests.console.bodies import links, row_names, words
from tests.console.signed_in import SignIn
from tests.platform.governed import first, hold_of
from tests.world import World

PATH = "/platform/holds/"


def test_officers_see_what_is_held_for_whom_and_why(world: World, sign_in: SignIn) -> None:
    browser, things = first(world, sign_in)
    page = browser.get(PATH)
    assert f"hold {hold_of(world, things).number}" in row_names(page)
    assert "a matter" in words(page)
    assert f"{PATH}place/" in links(page)
    assert "acme" not in words(browser.get(PATH, {"q": "glo"})).split("Holds until")[-1]


def test_nobody_else_finds_the_way_there(world: World, sign_in: SignIn) -> None:
    for role in (Role.PLATFORM_ADMIN, Role.PLATFORM_VIEWER):
        assert PATH not in links(sign_in(world.platform[role]).get("/platform/"))
