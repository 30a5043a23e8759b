"""One tenant: its partitions and its bindings, and none of its rows."""

from apps.core.access import Role
from tests.console.bodies import facts, words
from tests.console.signed_in import SignIn
from tests.world import World


def test_partitions_and_bindings_are_there(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.platform[Role.PLATFORM_VIEWER]).get("/platform/tenants/acme/")
    assert facts(page)["Slug"] == "acme"
    for expected in ("silo_acme", "pool_acme", "shared", "prod", "shared of acme"):
        assert expected in words(page)


def test_no_row_of_the_tenant_is_there(world: World, sign_in: SignIn) -> None:
    text = words(sign_in(world.platform[Role.PLATFORM_ADMIN]).get("/platform/tenants/acme/"))
    assert "cart" not in text
    assert "registry.test" not in text


def test_a_tenant_that_is_not_is_not_found(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert browser.get("/platform/tenants/nobody/").status_code == 404
