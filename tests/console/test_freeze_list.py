from apps.core.access import Role
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.core.doors import inside, on_platform
from tests.freezes.windows import ALWAYS, freeze
from tests.world import World

PATH = "/t/acme/freezes/"


def test_a_tenant_sees_its_own_and_the_platforms_and_ends_its_own(
    world: World, sign_in: SignIn
) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN):
        own = freeze(window=ALWAYS, reason="ours")
    with on_platform(world):
        theirs = freeze("all", reason="everybody's")
    with inside(world.globex, role=Role.TENANT_ADMIN):
        freeze(reason="a neighbour's")
    page = sign_in(world.acme.people[Role.TENANT_ADMIN]).get(PATH)
    text = words(page)
    assert "ours now , until" in text
    assert "everybody's" in text
    assert "a neighbour's" not in text
    assert "Mon, Tue, Wed, Thu, Fri, Sat, Sun 00:00-00:00 Europe/Berlin" in text
    assert f"{PATH}{own.id}/end/" in links(page)
    assert f"{PATH}{theirs.id}/end/" not in links(page)


def test_who_may_not_manage_them_is_shown_no_verb(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(PATH)
    assert not [link for link in links(page) if link.endswith(("/end/", "/new/"))]


def test_one_in_force_is_a_banner_of_its_environment(world: World, sign_in: SignIn) -> None:
    silo, pool = (world.acme.environments[model] for model in ("silo", "pool"))
    with inside(world.acme, role=Role.TENANT_ADMIN):
        freeze("environment", environment_id=silo, reason="stocktaking")
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert "Frozen until" in words(browser.get(f"/t/acme/environments/{silo}/"))
    assert "stocktaking" not in words(browser.get(f"/t/acme/environments/{pool}/"))
