"""The steward sees a tenant's rows whatever the state of its binding, one tenant at a time."""

from collections.abc import Iterator

import pytest

from tests.isolation.attempts import TABLES, row_of, writes
from tests.isolation.changes import release
from tests.isolation.logins import Connection, connect, outcome, rows, stand
from tests.world import MODELS, TestTenant, World


@pytest.fixture
def steward(world: World) -> Iterator[Connection]:
    with connect("steward") as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("model", MODELS)
def test_without_a_tenant_it_sees_no_tenants_rows(
    steward: Connection, world: World, model: str
) -> None:
    for table in TABLES:
        target = f'"{world.acme.schema(model)}"."{table}"'
        assert rows(steward, f"SELECT * FROM {target}") == []


@pytest.mark.parametrize("model", MODELS)
def test_it_sees_the_tenant_that_it_names_and_no_other(
    steward: Connection, world: World, model: str
) -> None:
    stand(steward, "acme")
    for table in TABLES:
        for tenant in (world.acme, world.globex):
            found = rows(
                steward, f'SELECT DISTINCT tenant_id FROM "{tenant.schema(model)}"."{table}"'
            )
            mine = tenant is world.acme or model == "shared"
            assert found == ([("acme",)] if mine else [])


@pytest.mark.parametrize("model", MODELS)
def test_what_a_released_binding_left_behind_it_still_sees(tenant: TestTenant, model: str) -> None:
    release(tenant.bindings[model])
    with connect("steward") as steward, connect() as runtime:
        target = f'"{tenant.schema(model)}".services_runtimeservice'
        for connection, count in ((steward, 2), (runtime, 0)):
            stand(connection, tenant.slug)
            assert rows(connection, f"SELECT count(*) FROM {target}") == [(count,)]


@pytest.mark.parametrize("model", MODELS)
def test_it_writes_nothing_of_a_tenant_that_it_does_not_name(
    steward: Connection, owner: Connection, world: World, model: str
) -> None:
    stand(steward, "acme")
    schema = world.globex.schema(model)
    for table in TABLES:
        theirs = row_of(owner, schema, table, "globex")
        for statement, values in writes(schema, table, theirs, "globex"):
            state, found, touched = outcome(steward, statement, values)
            assert "globex" not in {t for (t,) in found}
            # What a statement without a tenant reaches is its own: it gives back what was stored.
            mine = len([t for (t,) in found if t == "acme"])
            assert state or touched in (0, mine) or "SELECT" in statement
