"""The trigger: no login takes a status along an edge that is not there, nor begins elsewhere."""

import itertools

import pytest

from apps.core.ids import uuid7
from tests.core.doors import rolled_back_as, run, sqlstate
from tests.core.machines import MACHINES, Machine
from tests.world import World

STATES = [
    pytest.param(machine, state, login, id=f"{machine.name}-{state}-{login}")
    for machine, login in itertools.product(MACHINES, ("default", "owner"))
    for state in machine.states
]


@pytest.mark.attacks(
    "environments_runtimeenvironment: edges",
    "tenant_bindings_runtimetenantbinding: edges",
    "configurations_runtimeconfiguration: edges",
    "deployments_runtimedeployment: edges",
    "deployments_deploymentstep: edges",
    "services_runtimeservice: edges",
    "freezes_freeze: edges",
    "drift_findings_runtimedriftfinding: edges",
    "drift_findings_ignorerule: edges",
    "people_invitation: edges",
    "people_officerproposal: edges",
    "retention_legalhold: edges",
    "retention_governanceexception: edges",
    "retention_retentionrun: edges",
)
@pytest.mark.parametrize(("machine", "state", "login"), STATES)
def test_raw_sql_takes_no_edge_that_is_not_there(
    world: World, committed: None, machine: Machine, state: str, login: str
) -> None:
    with rolled_back_as(login), machine.behind(world):
        identifier, _ = machine.bring_to(world, state)
        refused = {
            target: sqlstate(
                f'UPDATE "{machine.table}" SET status = %s WHERE id = %s', [target, identifier]
            )
            for target in machine.states
            if target != state and (state, target) not in machine.allowed()
        }
    assert set(refused.values()) <= {"RP409"}, refused


@pytest.mark.attacks(
    "environments_runtimeenvironment: initial",
    "tenant_bindings_runtimetenantbinding: initial",
    "configurations_runtimeconfiguration: initial",
    "deployments_runtimedeployment: initial",
    "deployments_deploymentstep: initial",
    "services_runtimeservice: initial",
    "freezes_freeze: initial",
    "drift_findings_runtimedriftfinding: initial",
    "drift_findings_ignorerule: initial",
    "people_invitation: initial",
    "people_officerproposal: initial",
    "retention_legalhold: initial",
    "retention_governanceexception: initial",
    "retention_retentionrun: initial",
)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_runtime_login_makes_rows_in_their_first_state_alone(
    world: World, committed: None, machine: Machine
) -> None:
    with rolled_back_as("default"), machine.behind(world):
        identifier = machine.make(world)
        table, columns = machine.table, ["id", "status"]
        fields = [
            f.column for f in machine.model._meta.concrete_fields
            if not f.generated and f.column not in columns
        ]  # fmt: skip
        copied = ", ".join(f'"{name}"' for name in fields)
        read = copied.replace('"token_hash"', r"'\x01'")  # which runtime does not read
        for state in set(machine.states) - {machine.initial}:
            copy = (
                f'INSERT INTO "{table}" (id, status, {copied}) '
                f'SELECT %s, %s, {read} FROM "{table}" WHERE id = %s'
            )
            assert sqlstate(copy, [uuid7(), state, identifier]) == "RP409"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_saying_that_clocks_are_moved_opens_no_edge(
    world: World, committed: None, machine: Machine
) -> None:
    left = {source for source, _ in machine.allowed()}
    final = next(state for state in machine.states if state not in left)
    with rolled_back_as("owner"), machine.behind(world):
        identifier, _ = machine.bring_to(world, final)
        run("SET LOCAL app.moves_clocks = 'on'")
        back = f'UPDATE "{machine.table}" SET status = %s WHERE id = %s'
        assert sqlstate(back, [machine.initial, identifier]) == "RP409"
