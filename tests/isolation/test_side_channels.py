"""What errors, plans and statistics tell of rows that are not shown."""

from collections.abc import Iterator

import pytest

from tests.isolation.attempts import TABLES
from tests.isolation.logins import Connection, connect, refused, rows, stand
from tests.world import MODELS, World

SECRET = "globex-secret-4711"
SERVICES = "services_runtimeservice"


@pytest.fixture
def secret(world: World) -> Iterator[None]:
    """A value of globex's alone in each of its partitions."""
    with connect("owner", autocommit=True) as owner:
        for model in MODELS:
            owner.execute(
                f"""UPDATE "{world.globex.schema(model)}".{SERVICES} SET version = '{SECRET}'
                    WHERE tenant_id = 'globex' AND module_id = 'cart'""".encode()
            )
        yield
        for model in MODELS:
            owner.execute(
                f"""UPDATE "{world.globex.schema(model)}".{SERVICES} SET version = '1.0'
                    WHERE version = '{SECRET}'""".encode()
            )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("leak", [
    "version::int > 0",
    "CAST(version AS uuid) IS NULL",
    "to_date(version, 'YYYY') IS NULL",
    "version::jsonb IS NULL",
    "CASE WHEN version LIKE 'globex%' THEN 1 / (length(version) - 18) = 1 ELSE false END",
    "length(version) = 1 / (CASE WHEN version > 'g' THEN 0 ELSE 1 END)",
    "1 / (length(version) - 18) > 5",
    "regexp_count(version, '(') > 0 AND version ~ 'secret'",
    "pg_sleep(CASE WHEN version ~ 'globex' THEN 5 ELSE 0 END) IS NULL",
])  # fmt: skip
def test_a_condition_that_fails_or_waits_never_meets_their_values(
    psql: Connection, secret: None, world: World, model: str, leak: str
) -> None:
    """The policy is asked first: none of these operators is leakproof."""
    stand(psql, "acme")
    psql.execute("SET LOCAL statement_timeout = '2s'")
    statement = f'SELECT count(*) FROM "{world.globex.schema(model)}".{SERVICES} WHERE {leak}'
    try:
        with psql.transaction():
            # In `shared` my own two rows may meet it; in their schema nothing does.
            assert rows(psql, statement)[0][0] <= (2 if model == "shared" else 0)
    except Exception as error:
        assert getattr(error, "sqlstate", "") in ("22P02", "22012", "2201B", "22007"), error
        assert SECRET not in str(error)
        assert model == "shared", "there is no row of mine here that it could have met"


@pytest.mark.parametrize("model", MODELS)
def test_a_join_of_my_rows_with_theirs_is_empty(
    psql: Connection, secret: None, world: World, model: str
) -> None:
    stand(psql, "acme")
    mine, theirs = world.acme.schema(model), world.globex.schema(model)
    statement = (
        f'SELECT m.id FROM "{mine}".{SERVICES} m JOIN "{theirs}".{SERVICES} t '
        "ON t.environment_id = m.environment_id AND t.id <> m.id WHERE t.tenant_id <> 'acme'"
    )
    assert rows(psql, statement) == []


@pytest.mark.parametrize("model", MODELS)
def test_a_refused_insert_repeats_only_what_was_given(
    psql: Connection, world: World, model: str
) -> None:
    stand(psql, "acme")
    for table in TABLES:
        target = f'"{world.globex.schema(model)}"."{table}"'
        error = refused(psql, f"INSERT INTO {target} (tenant_id) VALUES ('acme')")
        assert error.sqlstate in ("23502", "42501", "RP409")
        assert "globex" not in str(error).replace(target, "").replace(
            world.globex.schema(model), ""
        )


@pytest.mark.parametrize("model", MODELS)
def test_the_statistics_of_a_walled_column_are_hidden(world: World, model: str) -> None:
    """pg_stats holds the commonest values of everybody: row security hides them."""
    with connect("owner", autocommit=True) as owner:
        owner.execute(f'ANALYZE "{world.globex.schema(model)}".{SERVICES}'.encode())
    with connect() as psql:
        stand(psql, "acme")
        for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
            statement = f"SELECT count(*) FROM {view} WHERE schemaname = %s"
            assert rows(psql, statement, [world.globex.schema(model)]) == [(0,)]
        assert refused(psql, "SELECT * FROM pg_statistic").sqlstate == "42501"
        assert refused(psql, "SELECT * FROM pg_statistic_ext_data").sqlstate == "42501"


def test_their_parameters_are_not_in_the_plan(psql: Connection, world: World) -> None:
    """EXPLAIN names the tenant's own values: the policy's come from settings."""
    stand(psql, "acme")
    for model in MODELS:
        plan = rows(
            psql,
            "EXPLAIN (ANALYZE, VERBOSE, FORMAT TEXT) "
            f'SELECT * FROM "{world.globex.schema(model)}".{SERVICES}',
        )
        text = "\n".join(line for (line,) in plan).replace(world.globex.schema(model), "")
        assert "globex" not in text
        for environment in (world.globex.environments["silo"],):
            assert str(environment) not in text
