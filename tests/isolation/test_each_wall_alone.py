"""Three walls, each tested with the other two taken down.

The binding's: policies of the environment term only, and all rows in one schema. The schema's: row
security disabled. Row security's: the tenant term only, in one schema.
"""

from collections.abc import Iterator

import pytest

from apps.core.walls.policies import TENANT, Policy, environment_policies, owner_policy, roles
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_tenant
from tests.isolation.changes import release, resume, suspend
from tests.isolation.logins import Connection, connect, outcome, refused, rows, stand
from tests.isolation.scratch import SERVICES, put_policies, put_services, scratch
from tests.isolation.tenants import make_environment, make_tenant
from tests.world import MODELS, OPERATOR, TestTenant


@pytest.fixture
def pair(model: str, committed: None) -> tuple[TestTenant, TestTenant]:
    """Two tenants, each in an environment of its own of that model."""
    acme, globex = (
        make_tenant(name, {model: make_environment(model)}) for name in ("acme", "globex")
    )
    return acme, globex


@pytest.fixture
def psql(committed: None) -> Iterator[Connection]:
    with connect() as connection:
        yield connection
        connection.rollback()


def _tenants(psql: Connection, target: str) -> set[str]:
    return {t for (t,) in rows(psql, f"SELECT tenant_id FROM {target}")}


def _environment_term(schema: str) -> list[Policy]:
    """The policies as the helper writes them, without the tenant's part."""
    tenant = f"tenant_id = {TENANT['plain']} AND "
    return [
        Policy(
            policy.name, policy.role, policy.command,
            policy.using.replace(tenant, ""), policy.check.replace(tenant, ""), policy.restrictive,
        )
        for policy in environment_policies(schema)
        if policy.name != "steward_tenant"
    ]  # fmt: skip


def _tenant_term() -> list[Policy]:
    term = f"tenant_id = {TENANT['plain']}"
    return [owner_policy(), Policy("runtime_tenant", roles()["runtime"], using=term, check=term)]


def _insert(target: str, tenant: TestTenant, model: str) -> str:
    return (
        f"INSERT INTO {target} (id, tenant_id, environment_id, module_id, component_type, image, "
        "version, compute_target, replicas, endpoint_url, status, deployment_id) VALUES "
        f"(gen_random_uuid(), '{tenant.slug}', '{tenant.environments[model]}', 'new', 'other', "
        "'i', '1', 'aks', 1, '', 'Pending', gen_random_uuid())"
    )


# The binding's wall.


@pytest.mark.parametrize("model", MODELS)
def test_the_bindings_wall_alone_admits_its_environments_and_no_others(
    psql: Connection, pair: tuple[TestTenant, TestTenant], model: str
) -> None:
    acme, globex = pair
    with scratch() as (owner, schema):
        target = put_services(owner, schema, pair, _environment_term(acme.schema(model)))
        assert _tenants(owner, target) == {acme.slug, globex.slug}
        stand(psql, acme.slug)
        assert _tenants(psql, target) == {acme.slug}
        assert outcome(psql, f"UPDATE {target} SET version = 'x'")[2] == 2
        assert outcome(psql, f"DELETE FROM {target}")[2] == 2
        assert outcome(psql, _insert(target, acme, model))[0] == ""
        assert refused(psql, _insert(target, globex, model)).sqlstate == "42501"
        psql.rollback()


@pytest.mark.parametrize("model", MODELS)
def test_the_bindings_wall_alone_falls_with_the_binding(
    psql: Connection, pair: tuple[TestTenant, TestTenant], model: str
) -> None:
    acme, _ = pair
    with scratch() as (owner, schema):
        target = put_services(owner, schema, pair, _environment_term(acme.schema(model)))
        stand(psql, acme.slug)
        suspend(acme.bindings[model])
        assert _tenants(psql, target) == {acme.slug}
        for statement in (
            f"UPDATE {target} SET version = 'x'",
            f"DELETE FROM {target}",
            f"SELECT * FROM {target} FOR UPDATE",
        ):
            assert outcome(psql, statement)[1:] == ([], 0)
        assert refused(psql, _insert(target, acme, model)).sqlstate == "42501"
        resume(acme.bindings[model])
        assert outcome(psql, f"DELETE FROM {target}")[2] == 2
        psql.commit()
        release(acme.bindings[model])
        stand(psql, acme.slug)
        assert _tenants(psql, target) == set()
        psql.rollback()


@pytest.mark.parametrize("model", MODELS)
def test_without_the_restrictive_policies_a_suspended_binding_could_delete(
    psql: Connection, pair: tuple[TestTenant, TestTenant], model: str
) -> None:
    """DELETE knows USING alone: the trap that the two restrictive policies close."""
    acme, _ = pair
    permissive = [p for p in _environment_term(acme.schema(model)) if not p.restrictive]
    with scratch() as (owner, schema):
        target = put_services(owner, schema, pair, permissive)
        suspend(acme.bindings[model])
        stand(psql, acme.slug)
        assert outcome(psql, f"DELETE FROM {target}")[2] == 2
        psql.rollback()


# The schema's wall.


@pytest.mark.parametrize("model", ["silo", "pool"])
def test_the_schemas_wall_alone_keeps_silo_and_pool_apart(
    pair: tuple[TestTenant, TestTenant], model: str
) -> None:
    """In `shared` there is no such wall: that model has the other two."""
    acme, globex = pair
    tables = [f'"{tenant.schema(model)}".{SERVICES}' for tenant in pair]
    with connect("owner", autocommit=True) as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        try:
            for tenant in (acme, globex):
                with (
                    enter_tenant(
                        tenant.slug, actor=OPERATOR, environment_id=tenant.environments[model]
                    ),
                    connect() as psql,
                ):
                    psql.execute(
                        "SELECT app.enter(%s, 'operator', NULL, %s, NULL, false)",
                        [tenant.slug, tenant.environments[model]],
                    )
                    assert _tenants(psql, SERVICES) == {tenant.slug}
                    assert RuntimeService.objects.count() == 2
            # The rows were there to be had: by its whole name, with the wall down.
            with connect() as psql:
                assert _tenants(psql, tables[1]) == {globex.slug}
        finally:
            for table in tables:
                owner.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY".encode())


# Row security's wall.


@pytest.mark.parametrize("model", MODELS)
def test_row_securitys_wall_alone_keeps_tenants_apart(
    psql: Connection, pair: tuple[TestTenant, TestTenant], model: str
) -> None:
    acme, globex = pair
    with scratch() as (owner, schema):
        target = put_services(owner, schema, pair, _tenant_term())
        assert _tenants(psql, target) == set()
        stand(psql, acme.slug)
        assert _tenants(psql, target) == {acme.slug}
        assert outcome(psql, f"UPDATE {target} SET version = 'x'")[2] == 2
        assert outcome(psql, f"DELETE FROM {target} RETURNING tenant_id")[1] == [(acme.slug,)] * 2
        assert refused(psql, _insert(target, globex, model)).sqlstate == "42501"
        give = f"UPDATE {target} SET tenant_id = '{globex.slug}'"
        assert refused(psql, give).sqlstate == "42501"
        psql.rollback()


@pytest.mark.parametrize("model", ["pool", "shared"])  # a silo has one tenant
def test_row_securitys_wall_alone_holds_in_one_environment_of_both(
    psql: Connection, committed: None, model: str
) -> None:
    """The binding's term admits both to a common environment: the tenant's term parts them."""
    environment = make_environment(model)
    acme, globex = (make_tenant(name, {model: environment}) for name in ("acme", "globex"))
    with scratch() as (owner, schema):
        target = put_services(owner, schema, (acme, globex), _tenant_term())
        stand(psql, acme.slug)
        assert _tenants(psql, target) == {acme.slug}
        psql.rollback()


# Parts of a partitioned table.


def test_a_part_has_policies_of_its_own_and_opens_for_nobody(
    psql: Connection, tenant: TestTenant
) -> None:
    """Addressed by its name it shows what its parent hides: the trap, and what closes it."""
    columns = "id uuid, tenant_id text NOT NULL, environment_id uuid NOT NULL"
    helper = environment_policies("shared")
    with scratch() as (owner, schema):
        parent, part = f"{schema}.results", f"{schema}.results_1"
        owner.execute(f"CREATE TABLE {parent} ({columns}) PARTITION BY HASH (id)".encode())
        owner.execute(
            f"CREATE TABLE {part} PARTITION OF {parent} FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
            .encode()
        )  # fmt: skip
        put_policies(owner, parent, helper)
        owner.execute(
            f"INSERT INTO {parent} VALUES (gen_random_uuid(), 'globex', gen_random_uuid())".encode()
        )
        runtime = roles()["runtime"]
        owner.execute(f'GRANT SELECT ON {parent} TO "{runtime}"'.encode())
        stand(psql, tenant.slug)
        assert rows(psql, f"SELECT * FROM {parent}") == []
        # No grant on the part: refused.
        assert refused(psql, f"SELECT * FROM {part}").sqlstate == "42501"
        # GRANT ON ALL TABLES opens it: without policies of its own it would show the row.
        owner.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO "{runtime}"'.encode())
        assert len(rows(psql, f"SELECT * FROM {part}")) == 1
        psql.rollback()
        put_policies(owner, part, helper)
        stand(psql, tenant.slug)
        assert rows(psql, f"SELECT * FROM {part}") == []
        psql.rollback()
