"""A table that is in no list has no walls that anybody decided on: this fails for it by name."""

from apps.core.walls.grants import CONTROL_TABLES, ENVIRONMENT_TABLES, PARTITION_TABLES, UNWALLED
from apps.core.walls.inspect_exceptions import PARTITION_UNWALLED
from apps.core.walls.policies import CONTROL_PLANE, table_policies
from tests.isolation.logins import Connection, rows
from tests.world import MODELS, World

TABLES = """
SELECT relname::text FROM pg_class WHERE relnamespace = %s::regnamespace
AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
"""


def _tables(owner: Connection, schema: str) -> set[str]:
    return {name for (name,) in rows(owner, TABLES, [f'"{schema}"'])}


def test_every_table_of_the_control_plane_is_walled_or_has_a_reason(owner: Connection) -> None:
    assert _tables(owner, "public") == {*CONTROL_TABLES, *UNWALLED}


def test_every_table_of_a_partition_is_walled_or_has_a_reason(
    owner: Connection, world: World
) -> None:
    listed = {*ENVIRONMENT_TABLES, *PARTITION_TABLES, *PARTITION_UNWALLED}
    for model in MODELS:
        assert _tables(owner, world.acme.schema(model)) == listed


def test_no_table_is_in_two_lists() -> None:
    assert not CONTROL_TABLES.keys() & UNWALLED.keys()
    assert not ENVIRONMENT_TABLES.keys() & PARTITION_TABLES.keys()


def test_grants_and_policies_name_the_same_tables() -> None:
    assert CONTROL_TABLES.keys() == CONTROL_PLANE.keys()
    for table in (*ENVIRONMENT_TABLES, *PARTITION_TABLES):
        assert table_policies("shared", table)


def test_every_table_with_a_tenant_is_walled(owner: Connection) -> None:
    """The short list of tables without walls holds nothing of a tenant."""
    found = rows(
        owner,
        "SELECT DISTINCT table_name::text FROM information_schema.columns "
        "WHERE table_schema NOT LIKE 'pg%' AND column_name = 'tenant_id'",
    )
    assert not {name for (name,) in found} & UNWALLED.keys()


def test_every_reason_says_something() -> None:
    assert all(len(entry.reason) > 20 for entry in UNWALLED.values())
