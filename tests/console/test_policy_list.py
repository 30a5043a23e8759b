"""The scaling policies of a tenant: those of live services, of every partition."""

from apps.core.access import Role
from apps.scaling_policies.operations import Bounds, change_policy
from apps.services.operations import retire_service
from tests.console.bodies import row_names, words
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

PATH = "/t/acme/scaling/"
TICK = 'aria-label="Tick '


def test_each_live_service_of_every_partition_stands_there(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        retire_service(world.acme.services["silo"]["cart"])
        change_policy(world.acme.services["silo"]["web"], Bounds("requests", 1, 9, 70))
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    assert sorted(row_names(page)) == ["cart", "cart", "web", "web", "web"]
    assert "3 1 9 requests 70 %" in words(page)


def test_a_filter_narrows_and_rows_are_ticked_in_one_environment_by_who_may(
    world: World, sign_in: SignIn
) -> None:
    here = world.acme.environments["pool"]
    operator = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert TICK not in operator.get(PATH).content.decode()
    chosen = operator.get(f"{PATH}?environment={here}")
    assert row_names(chosen) == ["web", "cart"]
    assert chosen.content.decode().count(TICK) == 2
    viewer = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(f"{PATH}?environment={here}")
    assert TICK not in viewer.content.decode()
    assert row_names(operator.get(f"{PATH}?metric=memory")) == []
