import pytest

from tests.core.machines import DEPLOYMENT, STEP, check_pair, pairs
from tests.world import World


@pytest.mark.parametrize(("state", "verb"), pairs(DEPLOYMENT))
def test_a_deployment_takes_a_verb_in_its_states_and_in_no_other(
    world: World, rolled_back: None, state: str, verb: str
) -> None:
    check_pair(DEPLOYMENT, world, state, verb)


@pytest.mark.parametrize(("state", "verb"), pairs(STEP))
def test_a_step_takes_a_verb_in_its_states_and_in_no_other(
    world: World, rolled_back: None, state: str, verb: str
) -> None:
    check_pair(STEP, world, state, verb)
