"""The fleet at a glance, from the control plane alone."""

from apps.core.access import Role
from apps.tenant_bindings.operations import suspend_binding
from tests.console.bodies import facts, links, words
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World


def test_bindings_are_counted_by_status(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    before = facts(browser.get("/platform/"))
    with on_platform(world):
        suspend_binding(world.acme.bindings["silo"])
    after = facts(browser.get("/platform/"))
    assert int(after["Active"]) == int(before["Active"]) - 1
    assert int(after["Suspended"]) == int(before.get("Suspended", 0)) + 1


def test_nothing_of_any_tenants_rows_is_there(world: World, sign_in: SignIn) -> None:
    text = words(sign_in(world.platform[Role.PLATFORM_ADMIN]).get("/platform/"))
    assert "cart" not in text
    assert "acme" in text


def test_officers_find_the_way_to_what_is_kept_and_others_see_none(
    world: World, sign_in: SignIn
) -> None:
    ways = {f"/platform/{tail}/" for tail in ("retention/runs", "holds", "exceptions", "windows")}
    assert ways <= set(links(sign_in(world.platform[Role.GOVERNANCE_OFFICER]).get("/platform/")))
    assert ways.isdisjoint(links(sign_in(world.platform[Role.PLATFORM_VIEWER]).get("/platform/")))
