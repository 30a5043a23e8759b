import pytest

from apps.core.states import edges
from apps.services.models import RuntimeService
from tests.core.machines import SERVICE, check_pair, pairs
from tests.world import World


@pytest.mark.parametrize(("state", "verb"), pairs(SERVICE))
def test_a_service_takes_a_verb_in_its_states_and_in_no_other(
    world: World, rolled_back: None, state: str, verb: str
) -> None:
    check_pair(SERVICE, world, state, verb)


def test_the_edges_are_those_of_the_domain() -> None:
    """Pending → Running ⇄ Degraded; any of these ⇄ Stopped; any → Retired."""
    live = ("Pending", "Running", "Degraded")
    assert set(edges(RuntimeService.TRANSITIONS)) == {
        ("Pending", "Running"), ("Running", "Degraded"), ("Degraded", "Running"),
        *[(state, "Stopped") for state in live],
        *[("Stopped", state) for state in live],
        *[(state, "Retired") for state in (*live, "Stopped")],
    }  # fmt: skip
