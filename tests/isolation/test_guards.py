"""Clocks, identities and states cannot be moved by the runtime login, with raw SQL either."""

import functools
from typing import Any

import pytest
from psycopg import sql

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.core.walls.inspect_functions import guards
from tests.core.chains import forged, next_link
from tests.isolation.attempts import TABLES, inserting, newborn, row_of
from tests.isolation.logins import Connection, connect, refused, rows, stand
from tests.world import MODELS, TestTenant, World

LONG_AGO = "2001-01-01T00:00:00+00:00"
BINDINGS = "public.tenant_bindings_runtimetenantbinding"


def _table(world: World, model: str, table: str) -> str:
    return f'"{world.acme.schema(model)}"."{table}"'


def _insert(psql: Connection, target: str, row: str) -> dict[str, Any]:
    made: dict[str, Any] = rows(
        psql, f"{inserting(target)} SELECT to_jsonb(made) FROM made", [row]
    )[0][0]
    return made


# Values that let a copy of a row stand beside it.
APART = {
    "module_id": "another",
    "probe": "another",
    "position": 99,
    "version": 99,
    "environment_id": None,
    "identity": "another",
}


def _copy(owner: Connection, world: World, model: str, table: str, **values: Any) -> str:
    row = row_of(owner, world.acme.schema(model), table, "acme")
    apart = {k: v for k, v in APART.items() if k in row and v is not None}
    if table == "services_runtimeservice":
        del apart["version"]
    if table == "core_auditentry":
        schema = world.acme.schema(model)
        apart |= next_link(f'"{schema}"', "acme", functools.partial(rows, owner))
    return newborn(table, row, **{**apart, "id": str(uuid7()), **values})


CLOCKS = [
    (table, clock)
    for table in TABLES
    if table in guards()
    for kind in ("created", "companions", "recorded", "paired", "deadlines", "stamped")
    for clock in getattr(guards()[table], kind)
    if table != "scaling_policies_scalingpolicy"  # one a service: see the next test
]


@pytest.mark.attacks(
    "services_runtimeservice: clocks",
    "deployments_runtimedeployment: clocks",
    "deployments_deploymentstep: clocks",
    "configurations_runtimeconfiguration: clocks",
)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("table", "clock"), CLOCKS)
def test_a_time_that_runtime_gives_is_not_taken(
    psql: Connection, owner: Connection, world: World, model: str, table: str, clock: str
) -> None:
    """Neither by the value, nor by the settings with which the owner may."""
    given = _copy(owner, world, model, table, **{clock: LONG_AGO})
    stand(psql, "acme")
    psql.execute(f"SET LOCAL app.clock = '{LONG_AGO}'".encode())
    psql.execute("SET LOCAL app.moves_clocks = 'on'")
    made = _insert(psql, _table(world, model, table), given)
    assert made[clock] is None or not made[clock].startswith("2001")
    if clock in guards()[table].created or clock in guards()[table].recorded:
        assert rows(psql, "SELECT %s::timestamptz = now()", [made[clock]]) == [(True,)]


@pytest.mark.parametrize("model", MODELS)
def test_the_time_of_a_transition_is_the_databases_own(
    psql: Connection, world: World, model: str
) -> None:
    services = _table(world, model, "services_runtimeservice")
    stand(psql, "acme")
    psql.execute(f"SET LOCAL app.clock = '{LONG_AGO}'".encode())
    psql.execute(f"UPDATE {services} SET status = 'Retired'".encode())
    found = rows(psql, f"SELECT DISTINCT retired_at = now() FROM {services}")
    assert found == [(True,)]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("table", "status"), [
    ("services_runtimeservice", "Running"),
    ("services_runtimeservice", "Retired"),
    ("deployments_runtimedeployment", "Completed"),
    ("deployments_deploymentstep", "Succeeded"),
    ("configurations_runtimeconfiguration", "Published"),
    ("drift_findings_runtimedriftfinding", "Acknowledged"),
    ("drift_findings_ignorerule", "Ended"),
])  # fmt: skip
def test_a_row_begins_where_rows_begin(
    psql: Connection, owner: Connection, world: World, model: str, table: str, status: str
) -> None:
    given = _copy(owner, world, model, table, status=status)
    stand(psql, "acme")
    target = _table(world, model, table)
    statement = f"INSERT INTO {target} SELECT * FROM jsonb_populate_record(NULL::{target}, %s)"
    assert refused(psql, statement, [given]).sqlstate == "RP409"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("table", "status"), [
    ("services_runtimeservice", "Pending"),
    ("deployments_runtimedeployment", "Requested"),
    ("deployments_runtimedeployment", "Failed"),
    ("deployments_deploymentstep", "Running"),
    ("configurations_runtimeconfiguration", "Draft"),
    ("configurations_runtimeconfiguration", "Discarded"),
])  # fmt: skip
def test_a_status_does_not_go_back(
    psql: Connection, world: World, model: str, table: str, status: str
) -> None:
    """The world's deployments are Completed, its steps Succeeded, its configurations Published."""
    stand(psql, "acme")
    target = _table(world, model, table)
    if table.startswith("services"):
        psql.execute(f"UPDATE {target} SET status = 'Retired'".encode())
    error = refused(psql, f"UPDATE {target} SET status = '{status}'")
    assert error.sqlstate == "RP409", error


@pytest.mark.parametrize("model", MODELS)
def test_what_was_published_never_changes(psql: Connection, world: World, model: str) -> None:
    stand(psql, "acme")
    target = _table(world, model, "configurations_runtimeconfiguration")
    for change in ("payload = '{\"a\": 1}'", "checksum = 'another'"):
        assert refused(psql, f"UPDATE {target} SET {change}").sqlstate == "RP422"


@pytest.mark.parametrize("model", MODELS)
def test_a_step_log_is_written_once_and_a_counter_never_falls(
    psql: Connection, world: World, model: str
) -> None:
    stand(psql, "acme")
    steps = _table(world, model, "deployments_deploymentstep")
    assert refused(psql, f"UPDATE {steps} SET log_path = 'elsewhere'").sqlstate == "RP422"
    counters = _table(world, model, "configurations_versioncounter")
    assert refused(psql, f"UPDATE {counters} SET last_version = 0").sqlstate == "RP422"


@pytest.mark.attacks(
    "services_*: frozen",
    "deployments_*: frozen",
    "configurations_*: frozen",
    "scaling_policies_*: frozen",
    "search_*: frozen",
)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("table", TABLES)
def test_identity_is_frozen_for_the_owner_too_unless_it_says_so(
    owner: Connection, world: World, model: str, table: str
) -> None:
    target = _table(world, model, table)
    for column in guards()[table].frozen:
        change = sql.SQL("UPDATE {} SET {} = {} WHERE tenant_id = 'acme'").format(
            sql.SQL(target),
            sql.Identifier(column),
            sql.SQL("gen_random_uuid()" if column.endswith("id") and column != "tenant_id"
                    and "object" not in column and "module" not in column else "'x'"),
        )  # fmt: skip
        error = refused(owner, change.as_string(owner))
        assert error.sqlstate in ("RP422", "22P02", "23514", "22007"), (column, error)


def _as_admin(psql: Connection, world: World) -> None:
    admin = world.platform[Role.PLATFORM_ADMIN].pk
    psql.execute("SELECT set_config('app.person', %s, true)", [str(admin)])


def test_a_binding_goes_only_where_bindings_go_even_for_a_platform_admin(
    tenant: TestTenant, world: World
) -> None:
    with connect() as psql:
        _as_admin(psql, world)
        where = f"WHERE id = '{tenant.bindings['shared']}'"
        assert (
            refused(psql, f"UPDATE {BINDINGS} SET status = 'Pending' {where}").sqlstate == "RP409"
        )
        psql.execute(f"UPDATE {BINDINGS} SET status = 'Released' {where}".encode())
        assert rows(psql, f"SELECT released_at = now() FROM {BINDINGS} {where}") == [(True,)]
        for status in ("Active", "Suspended", "Pending"):
            back = f"UPDATE {BINDINGS} SET status = '{status}' {where}"
            assert refused(psql, back).sqlstate == "RP409"
        psql.rollback()


@pytest.mark.parametrize("column", [
    "tenant_id", "environment_id", "isolation_model", "stage", "region", "data_partition",
    "created_at", "activated_at", "released_at",
])  # fmt: skip
def test_placement_and_clocks_of_a_binding_are_nobodys_to_write(
    psql: Connection, world: World, column: str
) -> None:
    _as_admin(psql, world)
    error = refused(psql, f"UPDATE {BINDINGS} SET {column} = {column}")
    assert error.sqlstate in ("42501", "428C9")


def test_a_binding_begins_pending_even_for_a_platform_admin(psql: Connection, world: World) -> None:
    _as_admin(psql, world)
    error = refused(
        psql,
        f"INSERT INTO {BINDINGS} (id, tenant_id, environment_id, isolation_model, status, "
        "environment_name, environment_project, environment_status, stage, region) "
        "VALUES (gen_random_uuid(), 'acme', gen_random_uuid(), 'silo', 'Active', '', '', "
        "'Provisioned', 'prod', 'x')",
    )
    assert error.sqlstate == "RP409"


@pytest.mark.attacks("binding_of_environment")
def test_a_binding_names_an_environment_of_its_own_model(psql: Connection, world: World) -> None:
    """Held by the composite key: nobody puts a silo's tenant into `shared` by a form's mistake."""
    _as_admin(psql, world)
    insert = (
        f"INSERT INTO {BINDINGS} (id, tenant_id, environment_id, isolation_model, status, "
        "environment_name, environment_project, environment_status, stage, region) "
        "VALUES (gen_random_uuid(), 'globex', %s, 'shared', 'Pending', '', '', "
        "'Provisioned', 'prod', 'x')"
    )
    error = refused(psql, insert, [world.acme.environments["silo"]])
    assert error.sqlstate == "23503"


@pytest.mark.parametrize("schema", ["public", "shared", "silo_acme", "pool_acme"])
def test_the_time_that_an_audit_entry_claims_is_the_owners_alone_to_give(
    psql: Connection, schema: str
) -> None:
    """Pages show it in place of the entry's own: an importer's, working as owner."""
    stand(psql, "acme")
    entry = forged(schema, "acme", functools.partial(rows, psql))
    brought = entry.replace(" (id,", " (at, claimed_at, id,").replace(
        "VALUES (", "VALUES ('2001-01-01Z', '2001-01-01Z', "
    )
    made = rows(psql, f"{brought} RETURNING at = now(), claimed_at, shown_at = now()")
    assert made == [(True, None, True)]
