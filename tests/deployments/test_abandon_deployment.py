"""Every state that is not final has a deadline; past it a person may give up."""

import contextlib
from collections.abc import Iterator

import pytest

from apps.core.access import Actor
from apps.core.errors import Invalid, Refused
from apps.deployments.keys import first_deadlines
from apps.deployments.marks import abandon_deployment
from apps.deployments.models import FINAL, UNFINISHED, RuntimeDeployment
from apps.deployments.operations import (
    advance_deployment,
    request_deployment,
    start_step,
    steps_of,
    succeed_step,
)
from apps.tenant_bindings.context import enter_tenant
from tests.core.doors import in_new_environment, rolled_back_as, run, sqlstate
from tests.core.machines import DEPLOYMENT
from tests.world import World

LEFT = "SELECT deadline_at - now() FROM deployments_runtimedeployment WHERE id = %s"


@contextlib.contextmanager
def long_ago(minutes: int) -> Iterator[None]:
    """What the owner does in here happened so long ago."""
    run(f"SELECT set_config('app.clock', (now() - interval '{minutes} minutes')::text, true)")
    yield
    run("SELECT set_config('app.clock', '', true)")


def _left(deployment: RuntimeDeployment) -> int:
    """Minutes."""
    return int(run(LEFT, [deployment.id])[0][0].total_seconds() / 60)


@pytest.mark.parametrize("state", [*UNFINISHED, *FINAL])
def test_a_state_has_half_an_hour_and_a_final_one_no_end(
    world: World, rolled_back: None, state: str
) -> None:
    with in_new_environment(world):
        made, _ = DEPLOYMENT.bring_to(world, state)
        found = run(LEFT, [made])[0][0]
        assert (found is None) is (state in FINAL)
        assert found is None or found.total_seconds() == 1800


def test_each_state_and_each_step_begins_it_anew(world: World, committed: None) -> None:
    with rolled_back_as("owner"), in_new_environment(world):
        with long_ago(20):
            made = request_deployment(release_ref="r1", steps=["one", "two"])
        assert _left(made) == 10
        advance_deployment(made.id)
        assert _left(made) == 30
        first = steps_of(made)[0]
        with long_ago(10):
            start_step(first.id)
        assert _left(made) == 20
        succeed_step(first.id)
        assert _left(made) == 30


def test_before_the_deadline_nobody_gives_up(world: World, committed: None) -> None:
    with rolled_back_as("owner"), in_new_environment(world) as entered:
        with long_ago(29):
            made = request_deployment(release_ref="r1")
        entered.entries.clear()
        with pytest.raises(Refused, match="may be abandoned after"):
            abandon_deployment(made.id, reason="stuck")
        assert entered.entries == []


@pytest.mark.parametrize("state", UNFINISHED)
def test_past_it_a_person_gives_up_and_another_starts(
    world: World, committed: None, state: str
) -> None:
    with rolled_back_as("owner"), in_new_environment(world) as entered:
        with long_ago(31):
            made, _ = DEPLOYMENT.bring_to(world, state)
        entered.entries.clear()
        ended = abandon_deployment(made, reason="stuck")
        assert (ended.status, ended.finished_at is not None) == ("Failed", True)
        (entry,) = entered.entries
        assert (entry.action, entry.reason) == ("deployment.abandoned", "stuck")
        assert (entry.before, entry.after) == ({"status": state}, {"status": "Failed"})
        assert request_deployment(release_ref="r2").status == "Requested"


def test_a_final_one_is_not_abandoned(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        made, _ = DEPLOYMENT.bring_to(world, "Completed")
        with pytest.raises(Refused, match="cannot abandon"):
            abandon_deployment(made, reason="x")


def test_it_takes_a_reason_and_a_person(world: World, committed: None) -> None:
    with rolled_back_as("owner"), in_new_environment(world) as entered:
        with long_ago(60):
            made = request_deployment(release_ref="r1")
        with pytest.raises(Invalid):
            abandon_deployment(made.id, reason=" ")
        worker, environment = Actor("worker", label="w"), entered.environment_id
        way_in = enter_tenant("acme", actor=worker, environment_id=environment, writing=True)
        with way_in, pytest.raises(Refused, match="Only a person"):
            abandon_deployment(made.id, reason="stuck")


def test_nobody_gives_a_deadline_of_their_own(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        made = request_deployment(release_ref="r1")
        for given in ("'2001-01-01Z'", "'2999-01-01Z'", "NULL"):
            run(f"UPDATE deployments_runtimedeployment SET deadline_at = {given} WHERE id = %s", [made.id])  # noqa: E501  # fmt: skip
            assert run(LEFT, [made.id])[0][0].total_seconds() == 1800


def test_what_it_undoes_and_overrode_never_changes(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        made = request_deployment(release_ref="r1")
        for column in ("undoes_deployment_id", "returns_to_deployment_id", "freeze_override"):
            change = f"UPDATE deployments_runtimedeployment SET {column} = {column} WHERE id = %s"
            assert sqlstate(change, [made.id]) == "42501"


def test_what_was_under_way_before_there_were_deadlines_has_one(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"), in_new_environment(world):
        made = request_deployment(release_ref="r1")
        run('ALTER TABLE "pool_acme".deployments_runtimedeployment DROP CONSTRAINT deployment_deadline_at')  # noqa: E501  # fmt: skip
        run("SELECT set_config('app.moves_clocks', 'on', true)")
        run("UPDATE deployments_runtimedeployment SET deadline_at = NULL WHERE id = %s", [made.id])
        run("SELECT set_config('app.moves_clocks', '', true)")
        assert run(LEFT, [made.id]) == [(None,)]
        for statement in first_deadlines("pool_acme"):
            run(statement)
        assert _left(made) == 30
