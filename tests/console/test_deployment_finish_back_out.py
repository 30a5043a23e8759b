from apps.deployments.operations import back_out_deployment
from tests.console.signed_in import SignIn
from tests.console.verbs import TO_THE_GATE, post, row, under_way
from tests.core.doors import inside
from tests.world import World

GIVEN = {"seen": "RollingBack", "confirm": "prod"}


def test_what_was_backed_out_of_is_rolled_back(world: World, sign_in: SignIn) -> None:
    made = under_way(world, TO_THE_GATE)
    with inside(world.acme, "silo"):
        back_out_deployment(made, reason="unhealthy")
    assert post(world, sign_in, "finish_back_out", made, GIVEN).status_code == 302
    assert row(world, made).status == "RolledBack"


def test_what_was_not_is_not(world: World, sign_in: SignIn) -> None:
    made = under_way(world, TO_THE_GATE)
    assert post(world, sign_in, "finish_back_out", made, GIVEN).status_code == 422
    assert row(world, made).status == "HealthGating"
