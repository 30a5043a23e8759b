import pytest

from tests.core.machines import CONFIGURATION, check_pair, pairs
from tests.world import World


@pytest.mark.parametrize(("state", "verb"), pairs(CONFIGURATION))
def test_a_configuration_takes_a_verb_in_its_states_and_in_no_other(
    world: World, rolled_back: None, state: str, verb: str
) -> None:
    check_pair(CONFIGURATION, world, state, verb)
