"""Constraints are checked without row security: no key tells that another's row exists.

Each attempt is made twice, at something of another tenant and at something that is nowhere: the
answers must be the same, apart from the values that were given.
"""

import re
from typing import Any
from uuid import UUID

import psycopg
import pytest

from apps.core.ids import uuid7
from tests.isolation.attempts import TABLES, Row, inserting, newborn, row_key, row_of
from tests.isolation.logins import Connection, outcome, refused, rows, stand
from tests.world import MODELS, World

ME, THEM = "acme", "globex"
# (table, column, the table that it refers to)
REFERENCES = [
    ("services_runtimeservice", "deployment_id", "deployments_runtimedeployment"),
    ("deployments_runtimedeployment", "configuration_id", "configurations_runtimeconfiguration"),
    ("deployments_deploymentstep", "deployment_id", "deployments_runtimedeployment"),
    ("deployments_deploymentproduct", "deployment_id", "deployments_runtimedeployment"),
    ("scaling_policies_scalingpolicy", "service_id", "services_runtimeservice"),
    ("drift_findings_driftcoverage", "drift_check_id", "drift_findings_driftcheck"),
]


def _insert(psql: Connection, schema: str, table: str, row: Row, **values: Any) -> psycopg.Error:
    given = newborn(table, row, **{"id": str(uuid7()), **values})
    return refused(psql, _INSERT.format(f'"{schema}"."{table}"'), [given])


def _key(table: str, row: Row) -> dict[str, Any]:
    """The values of that row's primary key."""
    return {column: row[column] for column in row_key(table).split(", ")}


_INSERT = "INSERT INTO {0} SELECT * FROM jsonb_populate_record(NULL::{0}, %s)"


def _told(error: psycopg.Error) -> tuple[str | None, ...]:
    """All that an error tells, without the ids that were given."""
    diag = error.diag
    parts = (
        diag.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint, diag.context,
        diag.constraint_name, diag.column_name,
    )  # fmt: skip
    return tuple(part and re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", part) for part in parts)


@pytest.mark.attacks(
    "services_runtimeservice_deployment_id_fk",
    "deployments_runtimedeployment_configuration_id_fk",
    "deployments_deploymentstep_deployment_id_fk",
    "deployments_deploymentproduct_deployment_id_fk",
    "scaling_policies_scalingpolicy_service_id_fk",
)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_naming_their_row_fails_like_naming_none(
    psql: Connection, owner: Connection, world: World, model: str, table: str, column: str,
    target: str,
) -> None:  # fmt: skip
    schema = world.acme.schema(model)
    mine = row_of(owner, schema, table, ME)
    # Retired, another position, another module: only the foreign key is left to refuse it.
    mine |= {"module_id": "another", "position": 99}
    if table == "drift_findings_driftcoverage":  # one a service, which is no key
        mine |= {"service_id": str(uuid7())}
    theirs = row_of(owner, world.globex.schema(model), target, THEM)["id"]
    stand(psql, ME)
    found = _insert(psql, schema, table, mine, **{column: theirs})
    nowhere = _insert(psql, schema, table, mine, **{column: str(uuid7())})
    assert _told(found) == _told(nowhere)
    assert found.sqlstate == "23503"
    assert THEM not in str(found)


@pytest.mark.parametrize("model", MODELS)
def test_moving_a_service_to_their_deployment_fails_like_moving_it_to_none(
    psql: Connection, owner: Connection, world: World, model: str
) -> None:
    schema = world.acme.schema(model)
    service = world.acme.services[model]["cart"]
    theirs: UUID = row_of(owner, world.globex.schema(model), "deployments_runtimedeployment", THEM)[
        "id"
    ]
    stand(psql, ME)
    move = f'UPDATE "{schema}".services_runtimeservice SET deployment_id = %s WHERE id = %s'
    found = refused(psql, move, [theirs, service])
    nowhere = refused(psql, move, [uuid7(), service])
    assert found.sqlstate == "23503"
    assert _told(found) == _told(nowhere)


@pytest.mark.parametrize("model", MODELS)
def test_their_modules_and_versions_do_not_collide_with_mine(
    psql: Connection, owner: Connection, world: World, model: str
) -> None:
    """Also where both share an environment."""
    mine = row_of(owner, world.acme.schema(model), "services_runtimeservice", ME)
    stand(psql, ME)
    own = f'"{world.acme.schema(model)}".services_runtimeservice'
    # Both are live at globex too; once retired here they are free again.
    psql.execute(f"UPDATE {own} SET status = 'Retired'".encode())
    for module in ("cart", "web"):
        made = newborn("services_runtimeservice", mine, id=str(uuid7()), module_id=module)
        state, _, touched = outcome(psql, f"{inserting(own)} SELECT id FROM made", [made])
        assert (state, touched) == ("", 1)


@pytest.mark.parametrize("model", ["silo", "pool"])
@pytest.mark.parametrize("table", TABLES)
def test_even_the_id_of_their_row_is_free_in_a_schema_of_mine(
    psql: Connection, owner: Connection, world: World, model: str, table: str
) -> None:
    theirs = row_of(owner, world.globex.schema(model), table, THEM)
    schema = world.acme.schema(model)
    mine = row_of(owner, schema, table, ME)
    stand(psql, ME)
    target = f'"{schema}"."{table}"'
    statement = _INSERT.format(target) + f" ON CONFLICT ({row_key(table)}) DO NOTHING"
    values = {"module_id": "another", "position": 99, "version": 99, "service_id": mine.get("id")}
    given = newborn(
        table, mine, **{k: v for k, v in values.items() if k in mine}, **_key(table, theirs)
    )
    state, _, touched = outcome(psql, statement, [given])
    # 23503: the policy's service must be; 23505: one counter an environment. Both are of mine.
    assert touched == 1 or state in ("23503", "23505")


@pytest.mark.parametrize("table", TABLES)
def test_admitted_in_shared_an_id_that_one_knows_already_can_be_seen_to_be_taken(
    psql: Connection, owner: Connection, world: World, table: str
) -> None:
    """The one key without the tenant is the id, a UUIDv7 with 74 random bits that nobody chooses.

    Whoever has read it somewhere learns that the row is still there, and nothing of the row. To
    close it the primary key itself would have to start with the tenant.
    """
    theirs = row_of(owner, "shared", table, THEM)
    mine = row_of(owner, "shared", table, ME)
    stand(psql, ME)
    taken = _insert(psql, "shared", table, mine, **_key(table, theirs))
    assert taken.sqlstate == "23505"
    assert taken.diag.message_detail is None
    assert THEM not in str(taken)


@pytest.mark.parametrize("table", TABLES)
def test_admitted_on_conflict_tells_no_more_than_that(
    psql: Connection, owner: Connection, world: World, table: str
) -> None:
    theirs = row_of(owner, "shared", table, THEM)
    mine = row_of(owner, "shared", table, ME)
    stand(psql, ME)
    given = newborn(table, mine, **_key(table, theirs))
    statement = _INSERT.format(f"shared.{table}")
    key = row_key(table)
    nothing = f"{statement} ON CONFLICT ({key}) DO NOTHING RETURNING *"
    assert outcome(psql, nothing, [given]) == ("", [], 0)
    update = f"{statement} ON CONFLICT ({key}) DO UPDATE SET id = excluded.id RETURNING *"
    error = refused(psql, update, [given])
    assert error.sqlstate == "42501"
    assert THEM not in str(error)


@pytest.mark.parametrize("model", MODELS)
def test_on_conflict_over_my_keys_meets_only_my_rows(
    psql: Connection, owner: Connection, world: World, model: str
) -> None:
    """The keys start with the tenant: acme meets its own cart, never globex's."""
    schema = world.acme.schema(model)
    mine = row_of(owner, schema, "services_runtimeservice", ME)
    stand(psql, ME)
    statement = (
        _INSERT.format(f'"{schema}".services_runtimeservice')
        + " ON CONFLICT (tenant_id, environment_id, module_id) WHERE status <> 'Retired' "
        "DO UPDATE SET version = 'met' RETURNING tenant_id, id"
    )
    again = newborn("services_runtimeservice", mine, id=str(uuid7()))
    state, found, _ = outcome(psql, statement, [again])
    if state:  # Django writes the index's condition with NOT: the arbiter must be spelled so
        statement = statement.replace("status <> 'Retired'", "NOT (status = 'Retired')")
        state, found, _ = outcome(psql, statement, [again])
    assert (state, found) == ("", [(ME, UUID(mine["id"]))])
    assert rows(owner, f'SELECT count(*) FROM "{schema}".services_runtimeservice '
                       "WHERE version = 'met'") == [(0,)]  # fmt: skip


@pytest.mark.parametrize("statement", [
    "INSERT INTO tenants_vault (name, tenant_id) VALUES ('{vault}', 'acme')",
    "INSERT INTO tenants_vault (name, tenant_id) VALUES ('{vault}', 'acme') "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO tenants_tenant (tenant_id, name, status) VALUES ('{vault}', 'x', 'Active')",
    "INSERT INTO tenants_datapartition (id, schema_name, tenant_id, migrated_to) "
    "VALUES (gen_random_uuid(), 'silo_{vault}', '{vault}', '')",
])  # fmt: skip
def test_names_of_the_control_plane_are_asked_only_after_the_right(
    psql: Connection, world: World, statement: str
) -> None:
    """These keys do not start with the tenant: the policy's check comes before them."""
    stand(psql, ME)
    taken = refused(psql, statement.format(vault=THEM))
    free = refused(psql, statement.format(vault="initech"))
    assert taken.sqlstate == free.sqlstate == "42501"
    assert str(taken) == str(free)
