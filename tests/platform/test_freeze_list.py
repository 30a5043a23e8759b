from apps.core.access import Role
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.freezes.windows import freeze
from tests.world import World

PATH = "/platform/freezes/"


def test_the_platforms_rules_stand_there_and_no_tenants(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN):
        freeze(reason="a tenant's own")
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).get(PATH)
    assert "every tenant" in words(page)
    assert "a tenant's own" not in words(page)
    end = f"{PATH}{world.acme.freezes['platform']}/end/"
    assert end in links(page)
    assert end not in links(sign_in(world.platform[Role.PLATFORM_VIEWER]).get(PATH))
