from tests.console.signed_in import SignIn
from tests.console.verbs import TO_THE_GATE, post, row, under_way
from tests.world import World


def test_at_the_gate_it_is_backed_out_of(world: World, sign_in: SignIn) -> None:
    made = under_way(world, TO_THE_GATE)
    assert post(world, sign_in, "back_out", made).status_code == 302
    assert row(world, made).status == "RollingBack"


def test_before_the_gate_it_is_not(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    assert post(world, sign_in, "back_out", made).status_code == 422
    assert row(world, made).status == "Requested"
