import pytest

from apps.core.errors import Refused
from apps.deployments.operations import (
    advance_deployment,
    back_out_deployment,
    carry_to_completed,
    finish_back_out_deployment,
    request_deployment,
    steps_of,
)
from tests.core.doors import in_new_environment
from tests.world import World

TO_THE_GATE = ["Provisioning", "Configuring", "RollingOut", "HealthGating"]


@pytest.mark.attacks("gate")
def test_a_deployment_gated_by_health_stops_at_the_gate(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        made = request_deployment(release_ref="r1")
        assert [advance_deployment(made.id).status for _ in TO_THE_GATE] == TO_THE_GATE
        entered.entries.clear()
        with pytest.raises(Refused, match="health gate"):
            advance_deployment(made.id)
        assert entered.entries == []


def test_what_did_not_pass_the_gate_is_backed_out(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        made = request_deployment(release_ref="r1")
        for _ in TO_THE_GATE:
            advance_deployment(made.id)
        assert back_out_deployment(made.id, reason="unhealthy").status == "RollingBack"
        ended = finish_back_out_deployment(made.id)
        assert ended.status == "RolledBack"
        assert ended.finished_at is not None
        assert request_deployment(release_ref="r2").previous_deployment_id is None


def test_a_deployment_gated_elsewhere_goes_to_its_end(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        made = request_deployment(release_ref="r1", gate="external")
        seen = [advance_deployment(made.id).status for _ in range(6)]
        assert seen == [*TO_THE_GATE, "Promoting", "Completed"]
        with pytest.raises(Refused, match="no further"):
            advance_deployment(made.id)


def test_it_is_carried_to_its_end_with_a_log_for_each_step(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        made = request_deployment(release_ref="r1", gate="external", steps=["one", "two"])
        entered.entries.clear()
        carried = carry_to_completed(made, ["first\n", ""])
        first, second = steps_of(carried)
        assert (carried.status, carried.finished_at is not None) == ("Completed", True)
        assert [first.status, second.status] == ["Succeeded", "Succeeded"]
        assert first.log_bytes == 6
        assert second.log_path == ""
        actions = [entry.action for entry in entered.entries]
    assert actions.count("deployment.advanced") == 6
    assert actions.count("step.started") == actions.count("step.succeeded") == 2
    assert actions.count("step.log_written") == 1


def test_it_is_not_carried_with_a_log_too_few(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        made = request_deployment(release_ref="r1", gate="external", steps=["one", "two"])
        entered.entries.clear()
        with pytest.raises(ValueError, match="zip"):
            carry_to_completed(made, ["first\n"])
        assert entered.entries == []
        assert {step.status for step in steps_of(made)} == {"Pending"}


def test_a_deployment_gated_by_health_is_not_carried(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        made = request_deployment(release_ref="r1")
        with pytest.raises(Refused):
            carry_to_completed(made, ["done\n"])
        assert {step.status for step in steps_of(made)} == {"Pending"}
