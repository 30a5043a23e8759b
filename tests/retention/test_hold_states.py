"""Every (state, verb) of a hold: an allowed pair moves it, any other changes nothing."""

import itertools
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from apps.core.access import Actor, Role
from apps.core.errors import Refused
from apps.retention.models import HoldStatus, LegalHold
from apps.retention.operations import keep_hold, lift_hold, place_hold, propose_lift
from apps.tenant_bindings.context import enter_platform
from tests.core.doors import on_platform, rolled_back_as
from tests.retention.officers import the_second_officer
from tests.world import World

VERBS: dict[str, Callable[[UUID], Any]] = {
    "propose_lift": lambda hold: propose_lift(hold, reason="settled"),
    "keep": keep_hold,
    "lift": lift_hold,
}
WAYS = {"Placed": (), "LiftProposed": ("propose_lift",), "Lifted": ("propose_lift", "lift")}


@pytest.fixture
def second(world: World, committed: None) -> Actor:
    return the_second_officer()


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(HoldStatus.values, VERBS)))
def test_a_hold_goes_only_where_holds_go(
    world: World, second: Actor, state: str, verb: str
) -> None:
    with rolled_back_as("default"):
        with on_platform(world, Role.GOVERNANCE_OFFICER):
            hold = place_hold(tenant_id="acme", data_classes=["step-log"], matter="m", reason="r")
        for step in WAYS[state]:
            _as(world, second, step, hold.id)
        with enter_platform(actor=second):
            before = LegalHold.objects.filter(id=hold.id).values().get()
        assert before["status"] == state
        found = LegalHold.TRANSITIONS[verb]
        if state in found.sources:
            entries = _as(world, second, verb, hold.id)
            assert len(entries) == 1
            expected = str(found.target)
        else:
            with pytest.raises(Refused):
                _as(world, second, verb, hold.id)
            expected = state
        with enter_platform(actor=second):
            after = LegalHold.objects.filter(id=hold.id).values().get()
        assert after["status"] == expected
        assert (after["lifted_at"] is not None) is (expected == "Lifted")


def _as(world: World, second: Actor, verb: str, hold: UUID) -> list[Any]:
    """The first officer, or the second for what takes one; the entries that it made."""
    way_in = (
        enter_platform(actor=second)
        if verb == "lift"
        else on_platform(world, Role.GOVERNANCE_OFFICER)
    )
    with way_in as entered:
        VERBS[verb](hold)
        return list(entered.entries)
