import pytest

from tests.core.machines import FREEZE, check_pair, pairs
from tests.world import World


@pytest.mark.parametrize(("state", "verb"), pairs(FREEZE))
def test_a_freeze_takes_a_verb_in_its_states_and_in_no_other(
    world: World, rolled_back: None, state: str, verb: str
) -> None:
    check_pair(FREEZE, world, state, verb)
