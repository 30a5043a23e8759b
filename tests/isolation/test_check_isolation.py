"""`check_isolation` finds each hole, planted in a transaction that is rolled back."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from apps.core.walls import inspect_exceptions as exceptions
from apps.core.walls.inspect import examine, inspect
from tests.isolation.logins import Connection
from tests.world import World

SERVICES = "shared.services_runtimeservice"
BINDINGS = "public.tenant_bindings_runtimetenantbinding"

# (what is planted, the rule that finds it, what the finding is about, a word of its message)
PLANTS: dict[str, tuple[str, str, str, str]] = {
    "row security disabled": (
        f"ALTER TABLE {SERVICES} DISABLE ROW LEVEL SECURITY",
        "row security", SERVICES, "has no row security",
    ),
    "row security not forced": (
        "ALTER TABLE silo_acme.services_runtimeservice NO FORCE ROW LEVEL SECURITY",
        "row security", "silo_acme.services_runtimeservice", "does not force",
    ),
    "row security disabled in the control plane": (
        f"ALTER TABLE {BINDINGS} DISABLE ROW LEVEL SECURITY",
        "row security", BINDINGS, "has no row security",
    ),
    "a policy missing": (
        f"DROP POLICY runtime_delete ON {SERVICES}",
        "policy", SERVICES, "lacks the policy runtime_delete",
    ),
    "a policy that shows all": (
        f"ALTER POLICY runtime_tenant ON {SERVICES} USING (true)",
        "policy", SERVICES, "another using in policy runtime_tenant",
    ),
    "a policy that lets all be written": (
        "ALTER POLICY runtime_tenant ON pool_acme.services_runtimeservice WITH CHECK (true)",
        "policy", "pool_acme.services_runtimeservice", "another check",
    ),
    "a policy of another partition": (
        "ALTER POLICY runtime_update ON pool_acme.services_runtimeservice "
        "USING (environment_id = ANY ((SELECT app.writable('shared'))::uuid[]))",
        "policy", "pool_acme.services_runtimeservice", "another using",
    ),
    "a policy that asks what may be read before it writes": (
        f"ALTER POLICY runtime_update ON {SERVICES} "
        "USING (environment_id = ANY ((SELECT app.readable('shared'))::uuid[]))",
        "policy", SERVICES, "another using in policy runtime_update",
    ),
    "a policy that asks for each row": (
        f"ALTER POLICY steward_tenant ON {SERVICES} USING (tenant_id = app.tenant_id())",
        "policy", SERVICES, "another using in policy steward_tenant",
    ),
    "a policy for everybody": (
        f"ALTER POLICY runtime_tenant ON {SERVICES} TO PUBLIC",
        "policy", SERVICES, "another roles",
    ),
    "a policy of the control plane altered": (
        "ALTER POLICY runtime_select ON public.people_membership USING (true)",
        "policy", "public.people_membership", "another using",
    ),
    "a policy more": (
        f"CREATE POLICY more ON {SERVICES} USING (true)",
        "policy", SERVICES, "has the policy more",
    ),
    "a permissive policy in place of a restrictive one": (
        f"DROP POLICY runtime_delete ON {SERVICES}; CREATE POLICY runtime_delete ON {SERVICES} "
        "FOR DELETE TO {runtime} USING (environment_id = ANY "
        "((SELECT app.writable('shared'))::uuid[]))",
        "policy", SERVICES, "another permissive",
    ),
    "a grant too many": (
        f"GRANT DELETE ON {SERVICES} TO {{runtime}}",
        "grant", SERVICES, "DELETE, one too many",
    ),
    "a grant too few": (
        f"REVOKE INSERT ON {SERVICES} FROM {{runtime}}",
        "grant", SERVICES, "does not give",
    ),
    "a grant on a column": (
        f"GRANT UPDATE (tenant_id) ON {SERVICES} TO {{runtime}}",
        "grant", SERVICES, "UPDATE (tenant_id), one too many",
    ),
    "a grant on a column of the queue": (
        "GRANT SELECT (args) ON public.procrastinate_jobs TO {runtime}",
        "grant", "public.procrastinate_jobs", "SELECT (args)",
    ),
    "a grant of a whole table instead of columns": (
        f"GRANT UPDATE ON {SERVICES} TO {{runtime}}",
        "grant", SERVICES, "UPDATE, one too many",
    ),
    "a grant that may be handed on": (
        f"GRANT SELECT ON {SERVICES} TO {{runtime}} WITH GRANT OPTION",
        "grant", SERVICES, "WITH GRANT OPTION",
    ),
    "TRUNCATE": (
        f"GRANT TRUNCATE ON {SERVICES} TO {{runtime}}", "grant", SERVICES, "TRUNCATE",
    ),
    "REFERENCES": (
        f"GRANT REFERENCES ON {SERVICES} TO {{steward}}", "grant", SERVICES, "REFERENCES",
    ),
    "TRIGGER": (
        f"GRANT TRIGGER ON {SERVICES} TO {{runtime}}", "grant", SERVICES, "TRIGGER",
    ),
    "a grant to everybody": (
        f"GRANT SELECT ON {SERVICES} TO PUBLIC", "grant", SERVICES, "PUBLIC SELECT",
    ),
    "a grant on a sequence": (
        "GRANT SELECT ON SEQUENCE public.procrastinate_jobs_id_seq TO {runtime}",
        "grant", "public.procrastinate_jobs_id_seq", "SELECT",
    ),
    "making things in a schema": (
        "GRANT CREATE ON SCHEMA shared TO {runtime}",
        "schema grant", "schema shared", "CREATE, one too many",
    ),
    "everybody in a partition": (
        "GRANT USAGE ON SCHEMA silo_acme TO PUBLIC",
        "schema grant", "schema silo_acme", "PUBLIC USAGE",
    ),
    "everybody makes things in public": (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "schema grant", "schema public", "PUBLIC CREATE",
    ),
    "a schema that nobody knows": (
        "CREATE SCHEMA aside", "unknown schema", "schema aside", "neither ours nor a partition",
    ),
    "temporary tables": (
        "GRANT TEMPORARY ON DATABASE {database} TO {runtime}",
        "database grant", "database", "TEMPORARY",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA shared GRANT SELECT ON TABLES TO {runtime}",
        "default privileges", "shared", "SELECT",
    ),
    "default privileges everywhere": (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "default privileges", "every schema", "PUBLIC SELECT",
    ),
    "a function of the door for everybody": (
        "GRANT EXECUTE ON FUNCTION app.readable(text) TO PUBLIC",
        "function grant", "app.readable(text)", "PUBLIC",
    ),
    "a guard that may be called": (
        "GRANT EXECUTE ON FUNCTION shared.services_runtimeservice_guard() TO {runtime}",
        "function grant", "shared.services_runtimeservice_guard()", "may be called",
    ),
    "a definer that nobody listed": (
        "CREATE FUNCTION shared.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS "
        f"'SELECT count(*) FROM {SERVICES}'",
        "definer", "shared.peek()", "not on the short list",
    ),
    "a definer without its path": (
        "ALTER FUNCTION app.readable(text) RESET search_path",
        "definer", "app.readable(text)", "does not pin",
    ),
    "a helper that admits everything": (
        "CREATE OR REPLACE FUNCTION app.readable(partition text) RETURNS uuid[] LANGUAGE sql "
        "STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT "
        f"array_agg(environment_id) FROM {BINDINGS} $$",
        "function", "app.readable(text)", "not what the code says",
    ),
    "a door that is a definer": (
        "ALTER FUNCTION app.enter(text, text, uuid, uuid, text, boolean) SECURITY DEFINER",
        "definer", "app.enter(text, text, uuid, uuid, text, boolean)", "not on the short list",
    ),
    "a view that reads as its owner": (
        f"CREATE VIEW shared.seen AS SELECT * FROM {SERVICES}",
        "view", "shared.seen", "not security_invoker",
    ),
    "a view in another schema": (
        f"CREATE SCHEMA aside; CREATE VIEW aside.seen AS SELECT * FROM {SERVICES}",
        "view", "aside.seen", "not security_invoker",
    ),
    "a materialized view": (
        f"CREATE MATERIALIZED VIEW shared.kept AS SELECT * FROM {SERVICES}; "
        "GRANT SELECT ON shared.kept TO {runtime}",
        "unknown table", "shared.kept", "materialized view",
    ),
    "a grant on a materialized view": (
        f"CREATE MATERIALIZED VIEW shared.kept AS SELECT * FROM {SERVICES}; "
        "GRANT SELECT ON shared.kept TO {runtime}",
        "grant", "shared.kept", "SELECT, one too many",
    ),
    "an unknown table": (
        "CREATE TABLE shared.notes (tenant_id text)", "unknown table", "shared.notes", "neither",
    ),
    "an unknown table of the control plane": (
        "CREATE TABLE public.notes (tenant_id text)", "unknown table", "public.notes", "neither",
    ),
    "a unique key without the tenant": (
        f"CREATE UNIQUE INDEX once ON {SERVICES} (module_id, id)",
        "unique key", SERVICES, "once (module_id, id) does not start with the tenant",
    ),
    "a unique key with the tenant last": (
        f"CREATE UNIQUE INDEX once ON {SERVICES} (module_id, id, tenant_id)",
        "unique key", SERVICES, "does not start",
    ),
    "a unique key of an expression": (
        f"CREATE UNIQUE INDEX once ON {SERVICES} (lower(module_id), id)",
        "unique key", SERVICES, "an expression",
    ),
    "a unique key in the control plane": (
        "CREATE UNIQUE INDEX once ON public.people_apiclient (name, id)",
        "unique key", "public.people_apiclient", "does not start",
    ),
    "a foreign key of the id alone": (
        f"ALTER TABLE {SERVICES} ADD CONSTRAINT alone FOREIGN KEY (deployment_id) "
        "REFERENCES shared.deployments_runtimedeployment (id)",
        "foreign key", SERVICES, "alone to shared.deployments_runtimedeployment",
    ),
    "a foreign key into another partition": (
        "ALTER TABLE pool_acme.deployments_deploymentstep ADD CONSTRAINT across FOREIGN KEY "
        "(tenant_id, environment_id, deployment_id) REFERENCES "
        "silo_acme.deployments_runtimedeployment (tenant_id, environment_id, id) NOT VALID",
        "foreign key", "pool_acme.deployments_deploymentstep", "across",
    ),
    "a foreign key that cascades": (
        "ALTER TABLE shared.deployments_deploymentstep ADD CONSTRAINT falls FOREIGN KEY "
        "(tenant_id, environment_id, deployment_id) REFERENCES "
        "shared.deployments_runtimedeployment (tenant_id, environment_id, id) ON DELETE CASCADE",
        "foreign key", "shared.deployments_deploymentstep", "falls cascades",
    ),
    "a tenant that may be absent": (
        f"ALTER TABLE {SERVICES} ALTER tenant_id DROP NOT NULL",
        "tenant", SERVICES, "tenant_id NOT NULL",
    ),
    "an environment that may be absent": (
        f"ALTER TABLE {SERVICES} ALTER environment_id DROP NOT NULL",
        "tenant", SERVICES, "environment_id NOT NULL",
    ),
    "a guard missing": (
        f"DROP TRIGGER guard ON {SERVICES}", "guard", SERVICES, "has no guard trigger",
    ),
    "an audit whose head does not move": (
        "DROP TRIGGER afterwards ON shared.core_auditentry",
        "guard", "shared.core_auditentry", "has no afterwards trigger",
    ),
    "an audit whose head moves by row": (
        "CREATE OR REPLACE TRIGGER afterwards AFTER INSERT ON shared.core_auditentry FOR EACH ROW "
        "EXECUTE FUNCTION shared.core_auditentry_afterwards()",
        "guard", "shared.core_auditentry", "altered",
    ),
    "an audit whose entries may go": (
        "CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE ON shared.core_auditentry "
        "FOR EACH ROW EXECUTE FUNCTION shared.core_auditentry_guard()",
        "guard", "shared.core_auditentry", "altered",
    ),
    "a guard disabled": (
        f"ALTER TABLE {SERVICES} DISABLE TRIGGER guard", "guard", SERVICES, "disabled",
    ),
    "a guard that looks away": (
        f"CREATE OR REPLACE TRIGGER guard BEFORE INSERT ON {SERVICES} FOR EACH ROW "
        "EXECUTE FUNCTION shared.services_runtimeservice_guard()",
        "guard", SERVICES, "altered",
    ),
    "a guard that does nothing": (
        "CREATE OR REPLACE FUNCTION shared.services_runtimeservice_guard() RETURNS trigger "
        "LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "guard", SERVICES, "not what the code says",
    ),
    "a rule": (
        f"CREATE RULE copy AS ON UPDATE TO {SERVICES} DO ALSO NOTIFY seen",
        "rule", SERVICES, "copy, which runs as the owner",
    ),
    "a child table": (
        f"CREATE TABLE shared.child () INHERITS ({SERVICES})",
        "row security", "shared.child", "has no row security",
    ),
}  # fmt: skip

# The same where only a superuser can.
MIGHTY: dict[str, tuple[str, str, str, str]] = {
    "runtime past row security": (
        "ALTER ROLE {runtime} BYPASSRLS", "role", "{runtime}", "is BYPASSRLS",
    ),
    "runtime a superuser": (
        "ALTER ROLE {runtime} SUPERUSER", "role", "{runtime}", "is SUPERUSER",
    ),
    "runtime makes roles": (
        "ALTER ROLE {runtime} CREATEROLE", "role", "{runtime}", "is CREATEROLE",
    ),
    "the steward past row security": (
        "ALTER ROLE {steward} BYPASSRLS", "role", "{steward}", "is BYPASSRLS",
    ),
    "runtime a member of the owner": (
        "GRANT {owner} TO {runtime}", "role", "{runtime}", "is a member of {owner}",
    ),
    "runtime reads everything": (
        "GRANT pg_read_all_data TO {runtime}", "role", "{runtime}", "pg_read_all_data",
    ),
    "runtime owns a table": (
        f"ALTER TABLE {SERVICES} OWNER TO {{runtime}}", "owner", "{runtime}", SERVICES,
    ),
    "a wrong owner": (
        f"ALTER TABLE {SERVICES} OWNER TO {{steward}}", "owner", SERVICES, "is owned by {steward}",
    ),
    "a schema with a wrong owner": (
        "ALTER SCHEMA shared OWNER TO CURRENT_USER", "owner", "schema shared", "is owned by",
    ),
    "a function with a wrong owner": (
        "ALTER FUNCTION app.readable(text) OWNER TO CURRENT_USER",
        "owner", "app.readable(text)", "is owned by",
    ),
    "a parameter": (
        "GRANT SET ON PARAMETER session_replication_role TO {runtime}",
        "grant", "{runtime}", "parameter session_replication_role",
    ),
    "a login that begins as somebody": (
        "ALTER ROLE {runtime} IN DATABASE {database} SET app.tenant_id = 'globex'",
        "setting", "{runtime}", "app.tenant_id=globex",
    ),
    "everybody begins in a partition": (
        "ALTER DATABASE {database} SET search_path = shared",
        "setting", "everybody", "search_path=shared",
    ),
    "a foreign table": (
        "CREATE FOREIGN DATA WRAPPER elsewhere; "
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere; "
        "CREATE FOREIGN TABLE shared.far (tenant_id text) SERVER elsewhere",
        "unknown table", "shared.far", "foreign table",
    ),
}  # fmt: skip


def _names(connection: Connection) -> dict[str, str]:
    return {**settings.DATABASE_ROLES, "database": connection.info.dbname}


def _found(connection: Connection, plant: tuple[str, str, str, str]) -> bool:
    names = _names(connection)
    quoted = {key: f'"{name}"' for key, name in names.items()}
    connection.execute(plant[0].format(**quoted).encode())
    rule, about, word = (part.format(**names) for part in plant[1:])
    return any(
        f.rule == rule and f.object == about and word in f.message for f in inspect(connection)
    )


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_is_found(owner: Connection, name: str) -> None:
    assert _found(owner, PLANTS[name])


@pytest.mark.parametrize("name", MIGHTY)
def test_what_a_superuser_planted_is_found(mighty: Connection, name: str) -> None:
    assert _found(mighty, MIGHTY[name])


def test_maintenance_rights_are_found(owner: Connection) -> None:
    if owner.info.server_version < 170000:
        pytest.skip("MAINTAIN came with PostgreSQL 17")
    assert _found(
        owner, (f"GRANT MAINTAIN ON {SERVICES} TO {{runtime}}", "grant", SERVICES, "MAINTAIN")
    )


def test_a_large_object_of_runtime_is_found(owner: Connection, mighty: Connection) -> None:
    mighty.execute(f'SET LOCAL ROLE "{settings.DATABASE_ROLES["runtime"]}"'.encode())
    mighty.execute("SELECT lo_create(0)")
    mighty.execute("RESET ROLE")
    assert any(f.rule == "owner" and "large object" in f.message for f in inspect(mighty))


def test_parts_of_a_partitioned_table_need_policies_of_their_own_and_no_grants(
    owner: Connection,
) -> None:
    from apps.core.walls import policies

    owner.execute(
        "ALTER TABLE shared.deployments_deploymentproduct RENAME TO away;"
        "CREATE TABLE shared.deployments_deploymentproduct (LIKE shared.away) "
        "PARTITION BY RANGE (id);"
        "CREATE TABLE shared.product_part PARTITION OF shared.deployments_deploymentproduct DEFAULT"
    )
    part = "shared.product_part"

    def found() -> set[tuple[str, str]]:
        return {(f.rule, f.message) for f in inspect(owner) if f.object == part}

    assert ("row security", "has no row security") in found()
    assert ("policy", "lacks the policy owner_all") in found()
    owner.execute(
        f"ALTER TABLE {part} ENABLE ROW LEVEL SECURITY; ALTER TABLE {part} FORCE ROW LEVEL SECURITY"
    )
    owner.execute(policies.owner_policy().sql(part).encode())
    assert {rule for rule, _ in found()} == {"guard"}  # the copy above came without it
    # One that runtime may read by would show, once it is granted, what nobody asked its parent.
    owner.execute(policies.environment_policies("shared")[1].sql(part).encode())
    unknown = "has the policy runtime_tenant, which the code does not know"
    assert ("policy", unknown) in found()
    owner.execute(f"GRANT SELECT ON {part} TO {_names(owner)['runtime']}".encode())
    assert any(rule == "grant" for rule, _ in found())


def test_nothing_is_found_where_nothing_was_planted(owner: Connection) -> None:
    assert inspect(owner) == []


def test_every_exception_is_needed(mighty: Connection) -> None:
    names = _names(mighty)
    mighty.execute(
        # As the launcher does in the database that it makes.
        f'ALTER ROLE "{names["runtime"]}" IN DATABASE "{names["database"]}" '
        "SET search_path = public".encode()
    )
    _, used = examine(mighty)
    stated: set[Any] = {
        *exceptions.UNIQUE_KEYS, *exceptions.FOREIGN_KEYS, *exceptions.PARTITION_UNWALLED,
        *exceptions.PUBLIC_USAGE, *exceptions.PUBLIC_FUNCTIONS, *exceptions.ROLE_SETTINGS,
    }  # fmt: skip
    assert stated == used


def test_every_exception_has_a_reason() -> None:
    for name in dir(exceptions):
        if name.isupper():
            assert all(len(reason) > 20 for reason in getattr(exceptions, name).values()), name


def test_the_inspection_leaves_nothing_behind(owner: Connection) -> None:
    inspect(owner)
    found = owner.execute("SELECT to_regnamespace('check_isolation_scratch')").fetchone()
    assert found == (None,)


def test_the_command_says_that_all_is_well(
    committed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("check_isolation")
    assert capsys.readouterr().out == "Every wall stands as the code says.\n"


def test_the_command_lists_what_it_found_and_exits_1(
    world: World, committed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.isolation.logins import connect

    with connect("owner", autocommit=True) as owner:
        owner.execute("CREATE TABLE silo_acme.notes (tenant_id text)")
        try:
            for form, shown in (("text", None), ("json", "silo_acme.notes")):
                with pytest.raises(SystemExit) as ended:
                    call_command("check_isolation", "--format", form)
                assert ended.value.code == 1
                out = capsys.readouterr().out
                if shown:
                    (finding,) = json.loads(out)["findings"]
                    assert finding == {
                        "rule": "unknown table",
                        "object": shown,
                        "message": "is in neither list of walls.grants",
                    }
                else:
                    assert "silo_acme.notes: is in neither list" in out
        finally:
            owner.execute("DROP TABLE silo_acme.notes")
