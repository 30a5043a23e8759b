"""The second form of the policies, for many machines: no sub-select, lists that the door has set.

Applied on plain PostgreSQL, with the settings that the door makes, it shows the same rows.
"""

import re
from collections.abc import Iterator

import pytest

from apps.core.walls import policies
from apps.core.walls.functions import FUNCTIONS, function_statements
from apps.core.walls.grants import ENVIRONMENT_TABLES, PARTITION_TABLES
from apps.core.walls.operations import wall_statements
from tests.isolation.changes import release, suspend
from tests.isolation.logins import Connection, connect, outcome, refused, rows, stand
from tests.isolation.scratch import put_services, scratch
from tests.world import MODELS, TestTenant, World

TABLES = [*ENVIRONMENT_TABLES, *PARTITION_TABLES]


@pytest.fixture
def psql(committed: None) -> Iterator[Connection]:
    with connect() as connection:
        yield connection
        connection.rollback()


def _enter(psql: Connection, tenant: str, schema: str) -> None:
    """The settings of the door on Citus: asked once, as it enters."""
    stand(psql, tenant)
    for which in ("readable", "writable"):
        (found,) = rows(psql, f"SELECT app.{which}(%s)::text", [schema])[0]
        psql.execute(f"SET LOCAL app.{which} = '{found}'".encode())


@pytest.mark.parametrize("table", TABLES)
def test_there_is_no_sub_select_in_it(table: str) -> None:
    statements = wall_statements("shared", table, "citus")
    assert any("app.setting_uuids" in s for s in statements)
    for statement in statements:
        if statement.startswith("CREATE POLICY"):
            assert not re.search(r"\bselect\b", statement.split(" USING ")[-1], re.IGNORECASE)


@pytest.mark.parametrize("table", TABLES)
def test_in_the_plain_form_every_setting_is_asked_once_a_statement(table: str) -> None:
    """Outside a sub-select of its own it would be parsed again for every row."""
    for policy in policies.table_policies("shared", table, "plain") or []:
        for clause in (policy.using, policy.check):
            calls = len(re.findall(r"app\.\w+\(", clause))
            assert calls == len(re.findall(r"\(SELECT (?:unnest\()?app\.\w+\(", clause))


@pytest.mark.parametrize("table", TABLES)
def test_both_forms_have_the_same_policies(table: str) -> None:
    plain, citus = (
        policies.table_policies("shared", table, form) or [] for form in ("plain", "citus")
    )
    shape = [
        (p.name, p.role, p.command, p.restrictive, bool(p.using), bool(p.check)) for p in plain
    ]
    assert shape == [
        (p.name, p.role, p.command, p.restrictive, bool(p.using), bool(p.check)) for p in citus
    ]


@pytest.mark.parametrize("model", MODELS)
def test_it_shows_what_the_plain_form_shows(psql: Connection, world: World, model: str) -> None:
    with scratch() as (owner, schema):
        name = world.acme.schema(model)
        both = (world.acme, world.globex)
        target = put_services(owner, schema, both, policies.environment_policies(name, "citus"))
        count = f"SELECT count(*) FROM {target} WHERE environment_id = %s"
        here = [world.acme.environments[model]]
        assert rows(psql, count, here) == [(0,)]
        _enter(psql, "acme", name)
        shown = rows(psql, f"SELECT id FROM {target} ORDER BY id")
        plain = f'SELECT id FROM "{name}".services_runtimeservice ORDER BY id'
        assert shown == rows(psql, plain) != []
        assert outcome(psql, f"UPDATE {target} SET version = 'x'")[2] == len(shown)
        assert outcome(psql, f"DELETE FROM {target}")[2] == len(shown)
        give = f"UPDATE {target} SET tenant_id = 'globex'"
        assert refused(psql, give).sqlstate == "42501"
        psql.execute("SELECT app.leave()")
        assert rows(psql, f"SELECT * FROM {target}") == []
        psql.rollback()


@pytest.mark.parametrize("model", MODELS)
def test_a_suspended_binding_reads_and_a_released_one_does_not(
    psql: Connection, tenant: TestTenant, model: str
) -> None:
    """On Citus at the next entering; on plain PostgreSQL at the next statement."""
    name = tenant.schema(model)
    with scratch() as (owner, schema):
        target = put_services(owner, schema, [tenant], policies.environment_policies(name, "citus"))
        suspend(tenant.bindings[model])
        _enter(psql, tenant.slug, name)
        assert rows(psql, f"SELECT count(*) FROM {target}") == [(2,)]
        for statement in (f"UPDATE {target} SET version = 'x'", f"DELETE FROM {target}"):
            assert outcome(psql, statement)[2] == 0
        psql.commit()
        release(tenant.bindings[model])
        _enter(psql, tenant.slug, name)
        assert rows(psql, f"SELECT count(*) FROM {target}") == [(0,)]
        psql.rollback()


@pytest.mark.parametrize("writing", [False, True])
def test_the_door_of_citus_sets_the_lists_by_set_local(tenant: TestTenant, writing: bool) -> None:
    """`set_config` never reaches the workers. Made in a transaction of the owner's, rolled back."""
    with connect("owner") as owner:
        for statement in function_statements(policies.roles(), citus=True):
            owner.execute(statement.encode())
        owner.execute(
            "SELECT app.enter(%s, 'operator', NULL, %s, NULL, %s)",
            [tenant.slug, tenant.environments["shared"], writing],
        )
        lists = [
            rows(owner, f"SELECT app.setting_uuids('app.{which}')")[0][0]
            for which in ("readable", "writable")
        ]
        environment = tenant.environments["shared"]
        assert lists == [[environment], [environment] if writing else []]
        owner.rollback()
    assert not any("set_config" in function for function in FUNCTIONS)
