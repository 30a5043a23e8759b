"""What the runtime login may not even try: powers, schemas, deletions, other tables."""

import pytest

from apps.core.walls.grants import CONTROL_TABLES, UNWALLED
from tests.isolation.attempts import GRANTS, TABLES
from tests.isolation.logins import Connection, refused, role, rows, stand
from tests.world import MODELS, World

FORBIDDEN = "42501"
SERVICES = "shared.services_runtimeservice"
# Copies go with their source: runtime replaces them, of its own tenant and in Active bindings.
COPIES = {"search_searchterm"}

POWERS = {
    "become the owner": "SET ROLE {owner}",
    "become the steward": "SET ROLE {steward}",
    "log in as the owner": "SET SESSION AUTHORIZATION {owner}",
    "lend itself the owner": "GRANT {owner} TO {runtime}",
    "pass row security": "ALTER ROLE {runtime} BYPASSRLS",
    "make a role": "CREATE ROLE another",
    "play a replica": "SET session_replication_role = replica",
    "make a schema": "CREATE SCHEMA mine",
    "make a table": "CREATE TABLE public.mine (a int)",
    "make a table in a partition": "CREATE TABLE shared.mine (a int)",
    "make a temporary table": "CREATE TEMPORARY TABLE mine (a int)",
    "make a view": "CREATE VIEW shared.mine AS SELECT 1",
    "make a function": "CREATE FUNCTION public.leak(text) RETURNS bool "
    "LANGUAGE sql AS 'SELECT true'",
    "make a function for its session": "CREATE FUNCTION pg_temp.leak(text) RETURNS bool "
    "LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'",
    "make an operator": "CREATE OPERATOR shared.=== (FUNCTION = texteq, LEFTARG = text, "
    "RIGHTARG = text)",
    "replace the door": "CREATE OR REPLACE FUNCTION app.tenant_id() RETURNS text LANGUAGE sql "
    "AS $$ SELECT 'globex' $$",
    "drop the door": "DROP FUNCTION app.enter_platform(uuid)",
    "disable row security": f"ALTER TABLE {SERVICES} DISABLE ROW LEVEL SECURITY",
    "drop a policy": f"DROP POLICY runtime_tenant ON {SERVICES}",
    "alter a policy": f"ALTER POLICY runtime_tenant ON {SERVICES} USING (true)",
    "disable a trigger": f"ALTER TABLE {SERVICES} DISABLE TRIGGER guard",
    "make a trigger": f"CREATE TRIGGER mine BEFORE INSERT ON {SERVICES} FOR EACH ROW "
    "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "call a guard": "SELECT shared.services_runtimeservice_guard()",
    "index": f"CREATE INDEX mine ON {SERVICES} (version)",
    "grow statistics": f"CREATE STATISTICS shared.mine (mcv) ON version, image FROM {SERVICES}",
    "rewrite": f"CLUSTER {SERVICES}",
    "publish": "CREATE PUBLICATION mine FOR ALL TABLES",
    "read files": "SELECT pg_read_file('/etc/passwd')",
    "list files": "SELECT pg_ls_dir('.')",
    "import a file": "SELECT lo_import('/etc/passwd')",
    "copy from a file": "COPY public.django_session FROM '/etc/passwd'",
    "copy to a program": "COPY (SELECT 1) TO PROGRAM 'cat'",
    "settings at login": "ALTER ROLE {runtime} SET app.tenant_id = 'globex'",
    "settings for all": "ALTER DATABASE {database} SET app.tenant_id = 'globex'",
    "an extension": "CREATE EXTENSION dblink",
    "lock everybody out": f"LOCK TABLE {SERVICES} IN ACCESS EXCLUSIVE MODE",
    "a tenant's migrations": "SELECT * FROM shared.django_migrations",
    "write migrations": "INSERT INTO public.django_migrations (app, name, applied) "
    "VALUES ('a', 'b', now())",
}


@pytest.mark.parametrize("power", POWERS)
def test_runtime_may_not(psql: Connection, power: str) -> None:
    names = {name: role(name) for name in ("owner", "runtime", "steward")}
    database = f'"{psql.info.dbname}"'
    stand(psql, "acme")
    error = refused(psql, POWERS[power].format(**names, database=database))
    assert error.sqlstate == FORBIDDEN, error


@pytest.mark.parametrize("model", MODELS)
def test_row_security_switched_off_is_an_error_and_no_rows(
    psql: Connection, world: World, model: str
) -> None:
    stand(psql, "acme")
    psql.execute("SET LOCAL row_security = off")
    for table in TABLES:
        error = refused(psql, f'SELECT * FROM "{world.acme.schema(model)}"."{table}"')
        assert error.sqlstate == FORBIDDEN
    for table in CONTROL_TABLES:
        assert refused(psql, f"SELECT * FROM public.{table}").sqlstate == FORBIDDEN


def test_only_copies_may_be_deleted() -> None:
    assert {table for table in TABLES if GRANTS[table].delete} == COPIES


@pytest.mark.parametrize("model", MODELS)
def test_runtime_deletes_and_truncates_nothing_of_its_own_tenant_either(
    psql: Connection, world: World, model: str
) -> None:
    stand(psql, "acme")
    for table in TABLES:
        target = f'"{world.acme.schema(model)}"."{table}"'
        for verb in (f"TRUNCATE {target}", f"DROP TABLE {target}"):
            assert refused(psql, verb).sqlstate == FORBIDDEN
        if table in COPIES:
            continue
        assert refused(psql, f"DELETE FROM {target}").sqlstate == FORBIDDEN
        merge = f"MERGE INTO {target} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE"
        assert refused(psql, merge).sqlstate == FORBIDDEN


def test_runtime_deletes_nothing_of_the_control_plane_but_sessions(psql: Connection) -> None:
    for table in {*CONTROL_TABLES, *UNWALLED} - {"django_session"}:
        assert refused(psql, f"DELETE FROM public.{table}").sqlstate == FORBIDDEN
        assert refused(psql, f"TRUNCATE public.{table}").sqlstate == FORBIDDEN


def test_the_steward_deletes_nothing_that_no_list_gives_it(owner: Connection) -> None:
    found = rows(
        owner,
        "SELECT table_schema, table_name, privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = %s AND privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')",
        [role("steward").strip('"')],
    )
    assert found == []


@pytest.mark.parametrize(
    "table", [name for name in UNWALLED if name.startswith(("procrastinate_", "auth_"))]
)
def test_tables_of_libraries_cannot_be_read(psql: Connection, table: str) -> None:
    assert refused(psql, f"SELECT * FROM public.{table}").sqlstate == FORBIDDEN


def test_jobs_are_put_in_and_never_read_back(psql: Connection) -> None:
    insert = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, "
        "args) VALUES ('upkeep', 'nothing', 0, 'a', 'b', '{}')"
    )
    with psql.transaction(force_rollback=True):
        assert rows(psql, f"{insert} RETURNING id")
    for column in ("args", "task_name", "lock", "queueing_lock", "status"):
        assert refused(psql, f"{insert} RETURNING {column}").sqlstate == FORBIDDEN
        assert refused(psql, f"SELECT {column} FROM procrastinate_jobs").sqlstate == FORBIDDEN
    fetch = "SELECT * FROM procrastinate_fetch_job_v2(NULL, 1)"
    assert refused(psql, fetch).sqlstate == FORBIDDEN


def test_only_the_columns_on_the_list_can_be_changed(psql: Connection, world: World) -> None:
    stand(psql, "acme")
    for model in MODELS:
        services = f'"{world.acme.schema(model)}".services_runtimeservice'
        for column in (
            "id",
            "tenant_id",
            "environment_id",
            "module_id",
            "created_at",
            "retired_at",
        ):
            error = refused(psql, f"UPDATE {services} SET {column} = {column}")
            assert error.sqlstate == FORBIDDEN
