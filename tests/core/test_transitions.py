"""The TRANSITIONS tables themselves: what a model says of itself, without a database."""

import itertools
from typing import Any

import pytest

from apps.core.errors import Refused
from apps.core.states import edges
from tests.core.machines import MACHINES, Machine

EVERY = [
    pytest.param(machine.model, state, verb, id=f"{machine.name}-{state}-{verb}")
    for machine in MACHINES
    for state, verb in itertools.product(machine.states, machine.model.TRANSITIONS)
]
FINAL = {
    "environment": {"Decommissioned"},
    "binding": {"Released"},
    "configuration": {"Superseded", "Discarded"},
    "deployment": {"Completed", "RolledBack", "Failed"},
    "step": {"Succeeded", "Failed", "Skipped"},
    "service": {"Retired"},
    "freeze": {"Ended"},
    "finding": {"Resolved"},
    "ignore rule": {"Ended"},
    "invitation": {"Accepted", "Revoked", "Expired"},
    "proposal": {"Confirmed", "Declined", "Withdrawn"},
    "hold": {"Lifted"},
    "exception": {"Refused", "Withdrawn"},
    "retention run": {"Completed", "FoundWanting", "Interrupted"},
}


@pytest.mark.parametrize(("model", "state", "verb"), EVERY)
def test_what_a_thing_says_it_can_is_what_it_does(model: Any, state: str, verb: str) -> None:
    thing = model(status=state)
    found = model.TRANSITIONS[verb]
    assert thing.can(verb) is (state in found.sources)
    if state in found.sources:
        thing.move(verb)
        assert thing.status == found.target
    else:
        with pytest.raises(Refused, match="only from"):
            thing.move(verb)
        assert thing.status == state


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_is_reached_and_only_final_ones_are_left_by_nothing(machine: Machine) -> None:
    for state in machine.states:
        machine.way_to(state)
    left = {source for source, _ in edges(machine.model.TRANSITIONS)}
    assert set(machine.states) - left == FINAL[machine.name]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_operations_lead_along_every_edge_there_is(machine: Machine) -> None:
    assert machine.allowed() == set(edges(machine.model.TRANSITIONS))
