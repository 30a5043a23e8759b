import pytest

from apps.core.access import Role
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.verbs import TO_THE_GATE, path_of, post, row, under_way
from tests.platform.forms import values
from tests.world import World


def test_it_goes_on_by_one_state(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert values(browser.get(path_of(world, "advance", made)))["seen"] == "Requested"
    post(world, sign_in, "advance", made, {"seen": "Requested", "confirm": "prod"})
    assert row(world, made).status == "Provisioning"


def test_a_second_click_moves_nothing_further(world: World, sign_in: SignIn) -> None:
    made = under_way(world)
    given = {"seen": "Requested", "confirm": "prod"}
    post(world, sign_in, "advance", made, given)
    answer = post(world, sign_in, "advance", made, given)
    assert answer.status_code == 422
    assert "It is Provisioning by now" in words(answer)
    assert row(world, made).status == "Provisioning"


@pytest.mark.parametrize("given", [{"seen": "Requested"}, {"confirm": "prod"}])
def test_it_takes_the_state_seen_and_the_name_typed(
    world: World, sign_in: SignIn, given: dict[str, str]
) -> None:
    made = under_way(world)
    assert post(world, sign_in, "advance", made, given).status_code == 422
    assert row(world, made).status == "Requested"


def test_at_the_gate_it_says_what_is_missing(world: World, sign_in: SignIn) -> None:
    made = under_way(world, TO_THE_GATE)
    answer = post(world, sign_in, "advance", made, {"seen": "HealthGating", "confirm": "prod"})
    assert answer.status_code == 422
    assert "health gate does not pass" in words(answer)
