"""What the database takes from nobody: each constraint attacked as the owner and as runtime.

The owner meets the constraint itself; runtime is refused by it, or before it by a grant, a policy
or the trigger.
"""

import json
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction

from apps.core import door
from apps.core.ids import uuid7
from apps.people.operations import create_api_client
from apps.services.operations import ServiceSpec, create_services
from tests.core.doors import inside, on_platform, rolled_back_as, run, sqlstate
from tests.world import World

SERVICE, DEPLOYMENT = "services_runtimeservice", "deployments_runtimedeployment"
STEP, CONFIGURATION = "deployments_deploymentstep", "configurations_runtimeconfiguration"
POLICY, TERM = "scaling_policies_scalingpolicy", "search_searchterm"

# A copy of a row that is there, under a new id, with these values.
COPIES = [
    pytest.param(SERVICE, {}, marks=pytest.mark.attacks("service_module_once")),
    pytest.param(
        SERVICE, {"component_type": "spaceship"}, marks=pytest.mark.attacks("service_choices")
    ),
    pytest.param(SERVICE, {"replicas": -1}, marks=pytest.mark.attacks("service_replicas")),
    pytest.param(DEPLOYMENT, {"strategy": "hope"}, marks=pytest.mark.attacks("deployment_choices")),
    pytest.param(STEP, {}, marks=pytest.mark.attacks("step_position")),
    pytest.param(
        STEP, {"position": 99, "log_sha256": ""}, marks=pytest.mark.attacks("step_log_whole")
    ),
    pytest.param(
        STEP, {"position": 99, "log_bytes": None}, marks=pytest.mark.attacks("step_log_whole")
    ),
    pytest.param(
        STEP,
        {"position": 99, "log_path": "acme/x"},
        marks=pytest.mark.attacks("step_log_in_its_place"),
    ),
    pytest.param(
        STEP, {"position": 99, "log_tier": "Cool"}, marks=pytest.mark.attacks("step_log_observed")
    ),
    pytest.param("deployments_deploymentproduct", {}, marks=pytest.mark.attacks("product_once")),
    pytest.param(CONFIGURATION, {}, marks=pytest.mark.attacks("configuration_version")),
    pytest.param(
        CONFIGURATION,
        {"version": 99, "status": "Published"},
        marks=pytest.mark.attacks("configuration_published_once"),
    ),
    pytest.param(CONFIGURATION, {"version": 0}, marks=pytest.mark.attacks("configuration_counts")),
    pytest.param(
        "configurations_versioncounter", {}, marks=pytest.mark.attacks("version_counter_once")
    ),
    pytest.param(POLICY, {}, marks=pytest.mark.attacks("scaling_policy_once")),
    pytest.param(POLICY, {"metric": "hope"}, marks=pytest.mark.attacks("scaling_policy_metric")),
    pytest.param(POLICY, {"min_replicas": -1}, marks=pytest.mark.attacks("scaling_policy_bounds")),
    pytest.param(
        POLICY,
        {"target_utilization_percent": 101},
        marks=pytest.mark.attacks("scaling_policy_target"),
    ),
    pytest.param(TERM, {}, marks=pytest.mark.attacks("search_term_once")),
    pytest.param(TERM, {"object_type": "x"}, marks=pytest.mark.attacks("search_term_kind")),
    pytest.param(TERM, {"term": ""}, marks=pytest.mark.attacks("search_term_not_empty")),
]
# Clocks and states are moved by the owner alone, and by saying so.
CHANGES = [
    pytest.param(SERVICE, "retired_at = now()", marks=pytest.mark.attacks("service_retired_at")),
    pytest.param(
        DEPLOYMENT, "finished_at = NULL", marks=pytest.mark.attacks("deployment_finished_at")
    ),
    pytest.param(STEP, "finished_at = NULL", marks=pytest.mark.attacks("step_finished_at")),
    pytest.param(
        CONFIGURATION, "published_at = NULL",
        marks=pytest.mark.attacks("configuration_published_at"),
    ),
    pytest.param(
        CONFIGURATION, "superseded_at = now()",
        marks=pytest.mark.attacks("configuration_superseded_at"),
    ),
    pytest.param(
        CONFIGURATION, "discarded_at = now()",
        marks=pytest.mark.attacks("configuration_discarded_at"),
    ),
]  # fmt: skip
# A word that no state is called. The companions refuse it as well, and one of them comes first.
STATUSES = [
    pytest.param(CONFIGURATION, marks=pytest.mark.attacks("configuration_status")),
    pytest.param(STEP, marks=pytest.mark.attacks("step_status")),
]
BROKEN = ("23505", "23514")
BEFORE = ("42501", "RP409", "RP422")


def refusal(statement: str, parameters: Any = None) -> tuple[str, str]:
    """(SQLSTATE, constraint) that it is refused with; undone either way."""
    alias = door.current_alias()
    savepoint = transaction.savepoint(using=alias)
    try:
        run(statement, parameters)
        return "", ""
    except DatabaseError as error:
        assert isinstance(error.__cause__, psycopg.Error)
        return error.__cause__.sqlstate or "?", error.__cause__.diag.constraint_name or ""
    finally:
        transaction.savepoint_rollback(savepoint, using=alias)


def attacked(request: pytest.FixtureRequest) -> str:
    mark = request.node.get_closest_marker("attacks")
    assert mark is not None
    return str(mark.args[0])


def row(table: str, schema: str = "shared", order: str = "id") -> dict[str, Any]:
    """As the login sees it."""
    found = run(f'SELECT to_jsonb(t) FROM "{schema}".{table} t ORDER BY {order} LIMIT 1')
    value = found[0][0]
    return dict(json.loads(value) if isinstance(value, str) else value)


def copy(table: str, values: dict[str, Any], schema: str = "shared") -> tuple[str, str]:
    given = {**row(table, schema), "id": str(uuid7()), **values}
    if table == STEP and "log_path" not in values:
        # In its place, so that nothing else is broken.
        place = ("tenant_id", "environment_id", "deployment_id", "id")
        given["log_path"] = "/".join(str(given[name]) for name in place) + ".log"
    target = f'"{schema}".{table}'
    insert = f"INSERT INTO {target} SELECT * FROM jsonb_populate_record(NULL::{target}, %s)"
    return refusal(insert, [json.dumps(given)])


@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize(("table", "values"), COPIES)
def test_no_row_breaks_it(
    request: pytest.FixtureRequest, world: World, committed: None, login: str, table: str,
    values: dict[str, Any],
) -> None:  # fmt: skip
    with rolled_back_as(login), inside(world.acme, "shared"):
        state, constraint = copy(table, values)
    if login == "owner":
        assert (state in BROKEN, constraint) == (True, attacked(request))
    else:
        assert state in BROKEN + BEFORE


@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize(("table", "change"), CHANGES)
def test_no_clock_stands_beside_a_state_that_it_does_not_belong_to(
    request: pytest.FixtureRequest, world: World, committed: None, login: str, table: str,
    change: str,
) -> None:  # fmt: skip
    with rolled_back_as(login), inside(world.acme, "shared"):
        run("SET LOCAL app.moves_clocks = 'on'")
        found = refusal(f"UPDATE shared.{table} SET {change}")
    assert found == (("23514", attacked(request)) if login == "owner" else ("42501", ""))


@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize("table", STATUSES)
def test_no_state_is_called_otherwise(
    world: World, committed: None, login: str, table: str
) -> None:
    with rolled_back_as(login), inside(world.acme, "shared"):
        state, _ = copy(table, {"status": "Lost", "version": 99, "position": 99})
        assert state == ("23514" if login == "owner" else "RP409")
        if login == "owner":  # nor where no trigger asks
            run(f"ALTER TABLE shared.{table} DISABLE TRIGGER guard")
            loose = "finished_at = NULL" if table == STEP else "published_at = NULL"
            assert refusal(f"UPDATE shared.{table} SET status = 'Lost', {loose}")[0] == "23514"


# Of the control plane: a copy that names somebody who is not there.
REFERENCES = [
    pytest.param(
        "tenants_datapartition", {"tenant_id": "nobody", "schema_name": "silo_nobody"},
        marks=pytest.mark.attacks("tenants_datapartition.tenant_id exists"),
    ),
    pytest.param(
        "tenants_vault", {"tenant_id": "nobody", "name": "new"},
        marks=pytest.mark.attacks("tenants_vault.tenant_id exists"),
    ),
    pytest.param(
        "people_membership", {"tenant_id": "nobody", "role": "tenant-viewer"},
        marks=pytest.mark.attacks("people_membership.tenant_id exists"),
    ),
    pytest.param(
        "people_membership", {"person_id": str(uuid7())},
        marks=pytest.mark.attacks("people_membership.person_id exists"),
    ),
    pytest.param(
        "people_apiclient", {"tenant_id": "nobody", "token_hash": "\\x01"},
        marks=pytest.mark.attacks("people_apiclient.tenant_id exists"),
    ),
    pytest.param(
        "environments_runtimeenvironment", {"tenant_id": "nobody"},
        marks=pytest.mark.attacks("environments_runtimeenvironment.tenant_id exists"),
    ),
]  # fmt: skip
ONCE = [
    pytest.param(
        "tenants_datapartition",
        marks=pytest.mark.attacks("tenants_datapartition.schema_name once"),
    ),
    pytest.param("people_person", marks=pytest.mark.attacks("people_person.email once")),
    pytest.param("people_apiclient", marks=pytest.mark.attacks("people_apiclient.token_hash once")),
]


def _fill(world: World) -> None:
    with on_platform(world):
        create_api_client(tenant_id="acme", name="ci", scopes=["runtime.services.read"])


@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize(("table", "values"), REFERENCES)
def test_nobody_refers_to_whom_there_is_not(
    world: World, committed: None, login: str, table: str, values: dict[str, Any]
) -> None:
    with rolled_back_as("owner"):
        _fill(world)
        run("SET CONSTRAINTS ALL IMMEDIATE")
        given = {**row(table, "public", "1"), **_new_id(table), **values}
        target = f"public.{table}"
        insert = f"INSERT INTO {target} ({', '.join(_written(table, given))}) SELECT " + (
            f"{', '.join(_written(table, given))} FROM jsonb_populate_record(NULL::{target}, %s)"
        )
        if login == "owner":
            assert sqlstate(insert, [json.dumps(given)]) == "23503"
    if login == "default":
        with rolled_back_as("default"):
            assert sqlstate(insert, [json.dumps(given)]) in ("23503", *BEFORE)


def _new_id(table: str) -> dict[str, str]:
    return {} if table == "tenants_vault" else {"id": str(uuid7())}


def _written(table: str, given: dict[str, Any]) -> list[str]:
    return [f'"{column}"' for column in given]


@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize("table", ONCE)
def test_what_is_unique_in_the_world_is_not_taken_twice(
    world: World, committed: None, login: str, table: str
) -> None:
    with rolled_back_as("owner"):
        _fill(world)
        given = {**row(table, "public"), "id": str(uuid7())}
        target = f"public.{table}"
        insert = f"INSERT INTO {target} SELECT * FROM jsonb_populate_record(NULL::{target}, %s)"
        if login == "owner":
            assert sqlstate(insert, [json.dumps(given)]) == "23505"
    if login == "default":
        with rolled_back_as("default"):
            assert sqlstate(insert, [json.dumps(given)]) in ("23505", *BEFORE)


@pytest.mark.attacks("tenant_status")
@pytest.mark.attacks("tenants_tenant: edges")
@pytest.mark.attacks("tenants_tenant: initial")
@pytest.mark.parametrize("login", ["owner", "default"])
def test_a_tenant_goes_nowhere_but_out(world: World, committed: None, login: str) -> None:
    update = "UPDATE tenants_tenant SET status = %s WHERE tenant_id = 'acme'"
    insert = "INSERT INTO tenants_tenant (tenant_id, name, status) VALUES ('new-one', 'x', %s)"
    with rolled_back_as(login), on_platform(world):
        if login == "default":
            assert sqlstate(update, ["Leaving"]) == "42501"
            assert sqlstate(insert, ["Leaving"]) == "RP409"
            assert sqlstate(insert, ["Lost"]) == "RP409"
            return
        assert sqlstate(update, ["Closed"]) == "RP409"
        assert sqlstate(update, ["Lost"]) == "RP409"
        assert sqlstate(insert, ["Lost"]) == "23514"
        run(update, ["Leaving"])
        assert sqlstate(update, ["Active"]) == "RP409"


@pytest.mark.attacks("people_apiclient: once")
def test_a_client_is_revoked_once(world: World, committed: None) -> None:
    revoke = "UPDATE people_apiclient SET revoked_at = %s WHERE revoked_at IS {} NULL"
    with rolled_back_as("owner"):
        _fill(world)
        run(revoke.format(""), ["2026-01-01Z"])
        assert sqlstate(revoke.format("NOT"), ["2026-01-02Z"]) == "RP422"
        assert sqlstate(revoke.format("NOT"), [None]) == "RP422"


@pytest.mark.attacks("terms with their source")
@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_terms_are_written_with_their_row_and_undone_with_it(
    world: World, committed: None, model: str
) -> None:
    with rolled_back_as("default"), inside(world.acme, model):
        before = run(f"SELECT count(*) FROM {TERM}")
        savepoint = transaction.savepoint()
        create_services([ServiceSpec("one-of-its-own", "registry.test/x:1", "1", 1)])
        assert run(f"SELECT count(*) FROM {TERM}") > before
        transaction.savepoint_rollback(savepoint)
        assert run(f"SELECT count(*) FROM {TERM}") == before
    assert connections["default"].connection is None
