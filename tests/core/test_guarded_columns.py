"""Identity never changes and clocks are the database's, whoever writes."""

import pytest

from apps.people.operations import create_api_client
from tests.core.doors import on_platform, rolled_back_as, run, sqlstate
from tests.core.guarded import columns, grants
from tests.retention import records
from tests.world import World

CHANGED = {
    "uuid": "gen_random_uuid()",
    "character varying": "'changed'",
    "text": "'changed'",
    "integer": '"{0}" + 1',
    "bigint": '"{0}" + 1',
    "boolean": 'NOT "{0}"',
    "jsonb": "'[1]'",
    "timestamp with time zone": "'2001-01-01Z'",
    "bytea": r"'\x00'",
    "ARRAY": "'{{}}'",
}
OLD = "2001-01-01 00:00:00+00"  # as PostgreSQL writes it in UTC


def _other(schema: str, table: str, column: str) -> str:
    """An expression for a value that the column does not have."""
    kind = run(
        "SELECT data_type FROM information_schema.columns "
        "WHERE table_schema = %s AND table_name = %s AND column_name = %s",
        [schema, table, column],
    )[0][0]
    return CHANGED[kind].format(column)


def _some_api_client(world: World) -> None:
    with on_platform(world):
        create_api_client(tenant_id=world.acme.slug, name="ci", scopes=["runtime.services.read"])
    for statement in records.statements("acme"):
        run(statement)


@pytest.mark.parametrize(("schema", "table", "column"), columns("frozen", "created", "recorded"))
def test_not_even_the_owner_changes_a_frozen_column(
    world: World, committed: None, schema: str, table: str, column: str
) -> None:
    with rolled_back_as("owner"):
        _some_api_client(world)
        assert run(f'SELECT count(*) FROM "{schema}"."{table}"')[0][0] > 0
        value = _other(schema, table, column)
        assert sqlstate(f'UPDATE "{schema}"."{table}" SET "{column}" = {value}') == "RP422"


@pytest.mark.parametrize(
    ("schema", "table", "column"), columns("frozen", "created", "recorded", "companions")
)
def test_the_runtime_login_has_no_grant_on_identity_and_clocks(
    world: World, committed: None, schema: str, table: str, column: str
) -> None:
    assert column not in set(grants(table))
    with rolled_back_as("default"):
        update = f'UPDATE "{schema}"."{table}" SET "{column}" = "{column}"'
        assert sqlstate(update) == "42501"


@pytest.mark.parametrize(("schema", "table", "column"), columns("companions"))
def test_the_owner_gives_no_other_time_to_what_happened(
    world: World, committed: None, schema: str, table: str, column: str
) -> None:
    with rolled_back_as("owner"):
        times = f'SELECT id, "{column}" FROM "{schema}"."{table}" ORDER BY id'
        before = run(times)
        run(f'UPDATE "{schema}"."{table}" SET "{column}" = %s', [OLD])
        assert run(times) == before


def test_the_owner_moves_clocks_only_by_saying_so(world: World, committed: None) -> None:
    table = "shared.deployments_runtimedeployment"
    with rolled_back_as("owner"):
        run("SET LOCAL app.moves_clocks = 'on'")
        run(f"UPDATE {table} SET created_at = %s, finished_at = %s", [OLD, OLD])
        assert set(run(f"SELECT created_at::text, finished_at::text FROM {table}")) == {(OLD, OLD)}
