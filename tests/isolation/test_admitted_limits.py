"""What the walls do not stop, said in the documents and recorded here, so that it is known.

A process that holds the runtime role's password and names a tenant with a live binding *is* that
tenant to the database; and naming a person, it is that person. What follows from one login for
all tenants (catalogs, statistics, other sessions) stands here too. A test that begins to fail
here is good news: the documents may then promise more.

See also test_keys_prove_nothing: in `shared`, an id that one knows can be seen to be taken.
"""

from uuid import uuid4

import pytest
from django.db import connections

from apps.core.access import Role
from apps.core.walls.policies import environment_policies
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_tenant
from tests.isolation.changes import release
from tests.isolation.logins import Connection, connect, outcome, role, rows, stand
from tests.isolation.scratch import put_services, scratch
from tests.world import MODELS, OPERATOR, TestTenant, World

SERVICES = "services_runtimeservice"
BINDINGS = "public.tenant_bindings_runtimetenantbinding"


@pytest.mark.parametrize("model", MODELS)
def test_who_names_a_tenant_with_a_live_binding_is_that_tenant(
    psql: Connection, world: World, model: str
) -> None:
    stand(psql, "globex")
    target = f'"{world.globex.schema(model)}".{SERVICES}'
    assert rows(psql, f"SELECT DISTINCT tenant_id FROM {target}") == [("globex",)]
    assert outcome(psql, f"UPDATE {target} SET version = 'mine'") == ("", [], 2)


def test_who_names_a_tenant_reads_its_part_of_the_control_plane_without_any_binding(
    psql: Connection, tenant: TestTenant
) -> None:
    release(tenant.bindings["shared"])
    stand(psql, tenant.slug)
    assert rows(psql, "SELECT tenant_id FROM tenants_vault") == [(tenant.slug,)]
    assert rows(psql, "SELECT DISTINCT tenant_id FROM public.core_auditentry") == [(tenant.slug,)]


def test_who_names_a_person_is_that_person_a_platform_admin_too(
    psql: Connection, world: World
) -> None:
    """Their ids can be looked up: sign-in finds people before anybody is known."""
    admin = world.platform[Role.PLATFORM_ADMIN]
    found = rows(psql, "SELECT id FROM people_person WHERE email = %s", [admin.email])
    psql.execute("SELECT set_config('app.person', %s, true)", [str(found[0][0])])
    suspend = f"UPDATE {BINDINGS} SET status = 'Suspended' WHERE tenant_id = 'globex'"
    assert outcome(psql, suspend) == ("", [], 3)


def test_the_door_believes_who_is_said_to_stand_before_it(psql: Connection, world: World) -> None:
    """`operator` and `worker` need no membership: it is the code that says who acts."""
    asked = "SELECT app.admission('globex', 'operator', NULL, NULL, NULL) ->> 'name'"
    assert rows(psql, asked) == [("Globex",)]


def test_people_and_sessions_belong_to_no_tenant(psql: Connection, world: World) -> None:
    """walls.grants.UNWALLED says why: both are looked up before anybody is known."""
    count = "SELECT count(*) FROM people_person WHERE email LIKE '%@globex.test'"
    assert rows(psql, count)[0][0] >= 4
    assert outcome(psql, "SELECT * FROM django_session")[0] == ""


def test_catalogs_name_the_schemas_and_count_their_rows(psql: Connection, world: World) -> None:
    """So a login that reads pg_class learns which tenants there are, and about how much they hold.

    The portal shows nobody its catalogs: numbers on pages come from the tenant's own rollup.
    """
    with connect("owner", autocommit=True) as owner:
        owner.execute(f"ANALYZE silo_globex.{SERVICES}".encode())
    stand(psql, "acme")
    assert rows(psql, "SELECT 1 FROM pg_namespace WHERE nspname = 'silo_globex'")
    counted = "SELECT reltuples::int FROM pg_class WHERE oid = %s::regclass"
    assert rows(psql, counted, [f"silo_globex.{SERVICES}"]) == [(2,)]


def test_explain_counts_the_rows_that_a_policy_removed(psql: Connection, world: World) -> None:
    stand(psql, "acme")
    plan = rows(
        psql, f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT * FROM silo_globex.{SERVICES}"
    )
    assert any("Rows Removed by Filter: 2" in line for (line,) in plan)


def test_the_planner_estimates_with_everybodys_commonest_values(
    psql: Connection, world: World
) -> None:
    """`=` is leakproof, so its estimate is made of statistics of the whole of `shared`."""
    with scratch() as (owner, schema):
        target = put_services(owner, schema, [], environment_policies("shared"))
        for tenant, module in (("acme", "cart"), ("globex", "secret")):
            owner.execute(_many(target, tenant, module, world).encode())
        owner.execute(f"ANALYZE {target}".encode())
        stand(psql, "acme")
        estimates = [
            rows(psql, f"EXPLAIN (FORMAT JSON) SELECT * FROM {target} WHERE module_id = '{name}'")
            [0][0][0]["Plan"]["Plan Rows"]
            for name in ("secret", "nowhere")
        ]  # fmt: skip
        assert estimates[0] > estimates[1]
        psql.rollback()


def _many(target: str, tenant: str, module: str, world: World) -> str:
    return (
        f"INSERT INTO {target} (id, tenant_id, environment_id, module_id, component_type, image, "
        "version, compute_target, replicas, endpoint_url, status, deployment_id, retired_at) "
        f"SELECT gen_random_uuid(), '{tenant}', '{world.acme.environments['shared']}', '{module}', "
        "'other', 'i', '1', 'aks', 1, '', 'Retired', gen_random_uuid(), now() "
        "FROM generate_series(1, 4000)"
    )


def test_what_other_sessions_of_the_login_are_doing_can_be_seen(
    committed: None, psql: Connection, world: World
) -> None:
    """With the values that Django puts into the text: one login, so PostgreSQL hides nothing.

    `track_activities = off` for the login closes it (only a superuser can set that).
    """
    with enter_tenant("globex", actor=OPERATOR, partition="shared"):
        list(RuntimeService.objects.filter(module_id="globex-only"))
        seen = rows(psql, "SELECT query FROM pg_stat_activity WHERE usename = current_user")
    assert any("globex-only" in (query or "") for (query,) in seen)


def test_that_a_tenant_is_being_written_to_can_be_seen_in_the_locks(
    psql: Connection, world: World
) -> None:
    with connect() as writer:
        writer.execute("SELECT app.enter('globex', 'operator', NULL, NULL, NULL, true)")
        held = (
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database, "
            "app.tenant_lock('globex') lock WHERE datname = current_database() "
            "AND locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint = lock"
        )
        assert rows(psql, held) == [(1,)]


def test_a_cursor_goes_on_with_what_its_statement_began_with(
    psql: Connection, tenant: TestTenant
) -> None:
    """One statement, so the binding is asked once. The portal opens no cursor on the server."""
    stand(psql, tenant.slug)
    psql.execute(f"DECLARE open_one CURSOR FOR SELECT tenant_id FROM shared.{SERVICES}".encode())
    assert rows(psql, "FETCH 1 FROM open_one") == [(tenant.slug,)]
    release(tenant.bindings["shared"])
    assert rows(psql, "FETCH 1 FROM open_one") == [(tenant.slug,)]
    assert rows(psql, f"SELECT * FROM shared.{SERVICES}") == []


def test_the_portal_keeps_no_cursor_on_the_server(world: World) -> None:
    """Behind a pooler a held one would even be the next client's."""
    assert connections["default"].settings_dict["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_the_login_may_set_how_its_own_sessions_begin(psql: Connection, world: World) -> None:
    """PostgreSQL lets every login do that; `check_isolation` finds it. Never a setting of ours."""
    database = f'"{psql.info.dbname}"'
    change = f"ALTER ROLE {role('runtime')} IN DATABASE {database} SET search_path = shared"
    assert outcome(psql, change)[0] == ""
    psql.execute(change.encode())
    assert rows(psql, "SHOW search_path") != [("shared",)]  # from the next session on


def test_large_objects_have_no_tenant(psql: Connection, world: World) -> None:
    """The portal has none; `check_isolation` finds one that runtime owns."""
    assert outcome(psql, "SELECT lo_create(0)")[0] == ""


def test_a_job_may_be_forged_by_who_holds_the_login(psql: Connection, world: World) -> None:
    """So a job carries ids only, and enters by the door with the rights of who asked."""
    forged = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args) VALUES "
        f"""('upkeep', 'make_partition', 0, '{{"binding_id": "{uuid4()}"}}')"""
    )
    assert outcome(psql, forged)[0] == ""
