"""Columns that may change in some states only, that are filled once, that never fall."""

import pytest

from apps.deployments.logs import write_step_log
from apps.deployments.models import DeploymentStep
from tests.core.doors import (
    in_new_environment,
    on_platform,
    rolled_back_as,
    run,
    sqlstate,
)
from tests.core.machines import CONFIGURATION, ENVIRONMENT, STEP
from tests.world import World

LOGINS = pytest.mark.parametrize("login", ["default", "owner"])


@pytest.mark.attacks(
    "configurations_runtimeconfiguration: payload while",
    "configurations_runtimeconfiguration: checksum while",
    "configurations_runtimeconfiguration: published_by while",
)
@LOGINS
@pytest.mark.parametrize("state", CONFIGURATION.states)
def test_the_payload_changes_while_it_is_a_draft_and_never_after(
    world: World, committed: None, state: str, login: str
) -> None:
    with rolled_back_as(login), CONFIGURATION.behind(world):
        identifier, _ = CONFIGURATION.bring_to(world, state)
        values = {"payload": '{"colour": "red"}', "checksum": "0", "published_by": "another"}
        for column, value in values.items():
            update = f"UPDATE {CONFIGURATION.table} SET {column} = %s WHERE id = %s"
            expected = "" if state == "Draft" else "RP422"
            assert sqlstate(update, [value, identifier]) == expected
            if login == "owner":
                run("SET LOCAL app.moves_clocks = 'on'")
                assert sqlstate(update, [value, identifier]) == expected


@pytest.mark.attacks("environments_runtimeenvironment: * while")
@pytest.mark.parametrize("state", ENVIRONMENT.states)
def test_stage_region_and_isolation_never_change_once_it_is_provisioned(
    world: World, committed: None, state: str
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        identifier, _ = ENVIRONMENT.bring_to(world, state)
        still = state in ("Requested", "Provisioning", "Failed")
        for column, value in (("stage", "test"), ("region", "x"), ("isolation_model", "pool")):
            update = f"UPDATE {ENVIRONMENT.table} SET {column} = %s WHERE id = %s"
            assert sqlstate(update, [value, identifier]) == ("" if still else "RP422")


@pytest.mark.attacks("deployments_deploymentstep: once")
@LOGINS
def test_a_step_log_is_named_once(world: World, committed: None, login: str) -> None:
    with rolled_back_as(login), STEP.behind(world):
        step = DeploymentStep.objects.get(id=STEP.make(world))
        write_step_log(step, b"done\n")
        change = f"UPDATE {STEP.table} SET {{}} = {{}} WHERE id = '{step.id}'"
        for column in ("log_path", "log_sha256"):
            for value in ("'other'", "''"):
                assert sqlstate(change.format(column, value)) == "RP422"
        for value in ("6", "NULL"):
            assert sqlstate(change.format("log_bytes", value)) == "RP422"


@pytest.mark.attacks("configurations_versioncounter: rising")
@LOGINS
def test_the_version_counter_never_falls(world: World, committed: None, login: str) -> None:
    with rolled_back_as(login), in_new_environment(world):
        CONFIGURATION.make(world)
        for change, expected in (("- 1", "RP422"), ("+ 0", ""), ("+ 1", "")):
            update = (
                f"UPDATE configurations_versioncounter SET last_version = last_version {change}"
            )
            assert sqlstate(update) == expected


@pytest.mark.attacks("people_membership: once")
def test_a_membership_ends_once(world: World, committed: None) -> None:
    end = "UPDATE people_membership SET ended_at = %s WHERE ended_at IS {} NULL"
    with rolled_back_as("owner"):
        run(end.format(""), ["2026-01-01Z"])
        assert sqlstate(end.format("NOT"), ["2026-01-02Z"]) == "RP422"
        assert sqlstate(end.format("NOT"), [None]) == "RP422"
