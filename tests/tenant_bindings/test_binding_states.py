import pytest

from tests.core.machines import BINDING, check_pair, pairs
from tests.world import World


@pytest.mark.parametrize(("state", "verb"), pairs(BINDING))
def test_a_binding_takes_a_verb_in_its_states_and_in_no_other(
    world: World, rolled_back: None, state: str, verb: str
) -> None:
    check_pair(BINDING, world, state, verb)
