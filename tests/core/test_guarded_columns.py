"""Identity never changes and clocks are the database's, whoever writes."""

from datetime import timedelta

import pytest
from django.contrib.postgres.functions import TransactionNow

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.overview.models import FleetCount
from apps.people.models import Invitation, OfficerProposal, Visit
from apps.people.operations import create_api_client
from apps.upkeep.models import Alert, Backlog, JobRecord
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
    "date": "'2001-01-01'",
    "timestamp with time zone": "'2001-01-01Z'",
    "time without time zone": "'01:01'",
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


def what_the_world_has_not(world: World) -> None:
    """An API client, an invitation, a visit, a proposal. As owner."""
    with on_platform(world):
        create_api_client(tenant_id=world.acme.slug, name="ci", scopes=["runtime.services.read"])
        Invitation.objects.create(
            tenant_id=world.acme.slug,
            email=f"{uuid7()}@people.test",
            role=Role.TENANT_VIEWER,
            token_hash=uuid7().bytes,
            expires_at=TransactionNow() + timedelta(days=1),
        )
        person = world.platform[Role.PLATFORM_ADMIN].id
        Visit.objects.create(
            tenant_id=world.acme.slug,
            person_id=person,
            reason="x",
            ends_at=TransactionNow() + timedelta(minutes=1),
        )
        JobRecord.objects.get_or_create(name="x", defaults={"started_at": TransactionNow()})
        FleetCount.objects.create(tenant_id=world.acme.slug, environment_id=uuid7())
        Backlog.objects.get_or_create(of_tenant="acme", data_class="of a test")
        Alert.objects.create(kind="overdue", of_tenant="acme", data_class="x", told="x")
        if not OfficerProposal.objects.exists():
            OfficerProposal.objects.create(person_id=person, reason="x", proposed_by=uuid7())
    for statement in records.statements("acme"):
        run(statement)


@pytest.mark.attacks(
    "core_auditentry: frozen",
    "tenants_tenant: frozen",
    "tenants_datapartition: frozen",
    "tenants_vault: frozen",
    "tenants_sealed*: frozen",
    "people_person: frozen",
    "people_membership: frozen",
    "people_apiclient: frozen",
    "environments_runtimeenvironment: frozen",
    "tenant_bindings_runtimetenantbinding: frozen",
    "core_auditdetail: frozen",
    "core_audithead: frozen",
    "people_invitation: frozen",
    "people_officerproposal: frozen",
    "people_visit: frozen",
    "freezes_freeze: frozen",
    "upkeep_jobrecord: frozen",
    "overview_fleetcount: frozen",
    "upkeep_backlog: frozen",
    "upkeep_alert: frozen",
    "api_keptanswer: frozen",
    "quotas_usage: frozen",
    "health_results_healthcheckresult: frozen",
    "health_results_healthslot: frozen",
    "drift_findings_*: frozen",
    "retention_*: frozen",
)
@pytest.mark.parametrize(("schema", "table", "column"), columns("frozen", "created", "recorded"))
def test_not_even_the_owner_changes_a_frozen_column(
    world: World, committed: None, schema: str, table: str, column: str
) -> None:
    with rolled_back_as("owner"):
        what_the_world_has_not(world)
        assert run(f'SELECT count(*) FROM "{schema}"."{table}"')[0][0] > 0
        value = _other(schema, table, column)
        assert sqlstate(f'UPDATE "{schema}"."{table}" SET "{column}" = {value}') == "RP422"


@pytest.mark.attacks(
    "core_auditentry: clocks",
    "tenants_tenant: clocks",
    "tenants_datapartition: clocks",
    "tenants_vault: clocks",
    "people_person: clocks",
    "people_membership: clocks",
    "people_apiclient: clocks",
    "environments_runtimeenvironment: clocks",
    "tenant_bindings_runtimetenantbinding: clocks",
    "scaling_policies_scalingpolicy: clocks",
    "people_invitation: clocks",
    "people_officerproposal: clocks",
    "people_visit: clocks",
    "freezes_freeze: clocks",
    "health_results_healthcheckresult: clocks",
    "drift_findings_driftcheck: clocks",
    "drift_findings_runtimedriftfinding: clocks",
    "drift_findings_ignorerule: clocks",
    "upkeep_alert: clocks",
    "retention_*: clocks",
)
@pytest.mark.parametrize(
    ("schema", "table", "column"), columns("frozen", "created", "recorded", "companions", "stamped")
)
def test_the_runtime_login_has_no_grant_on_identity_and_clocks(
    world: World, committed: None, schema: str, table: str, column: str
) -> None:
    assert column not in set(grants(table))
    with rolled_back_as("default"):
        update = f'UPDATE "{schema}"."{table}" SET "{column}" = "{column}"'
        assert sqlstate(update) == "42501"


@pytest.mark.parametrize(("schema", "table", "column"), columns("companions", "stamped"))
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


STAMPS = [c for c in columns("stamps") if c[2] in set(grants(c[1]))]


@pytest.mark.parametrize(("schema", "table", "column"), STAMPS)
def test_a_time_that_runtime_causes_is_now_whatever_it_says_and_stays(
    world: World, committed: None, schema: str, table: str, column: str
) -> None:
    """As owner without saying that clocks are moved: the trigger hears nobody."""
    with rolled_back_as("owner"):
        what_the_world_has_not(world)
        beside = {"elevated_at": ", elevated_by = gen_random_uuid()"}.get(column, "")
        where = f"WHERE {column} IS NULL"
        (row,) = run(f'SELECT id FROM "{schema}"."{table}" {where} ORDER BY id DESC LIMIT 1')
        change = f'UPDATE "{schema}"."{table}" SET {column} = %s{beside} WHERE id = %s'
        run(change, [OLD, row[0]])
        assert run(f'SELECT {column} = now() FROM "{schema}"."{table}" WHERE id = %s', row) == [
            (True,)
        ]
        assert sqlstate(f'UPDATE "{schema}"."{table}" SET {column} = NULL WHERE id = %s', row) == (
            "RP422"
        )


# {column: what must change with it}: a word and its time stand together.
BESIDE = {
    "decided_by": "status = 'Withdrawn', decided_at = now()",
    "elevated_by": "elevated_at = now()",
    "elevated_at": "elevated_by = gen_random_uuid()",
    "hold_released_by": "undoes_deployment_id = id, undoes_release_ref = 'x', "
    "returns_to_deployment_id = id, hold_released_at = now()",
}
# A step's: test_frozen_while; an environment's, when nothing is below it: test_environments_go.
ONCE = [c for c in columns("once") if not c[2].startswith(("log_", "emptied_at"))]


@pytest.mark.attacks(
    "people_person: once",
    "people_officerproposal: once",
    "people_visit: once",
    "deployments_runtimedeployment: once",
    "upkeep_alert: once",
)
@pytest.mark.parametrize(("schema", "table", "column"), ONCE)
def test_what_is_written_once_is_not_written_again_by_the_owner_who_moves_clocks(
    world: World, committed: None, schema: str, table: str, column: str
) -> None:
    with rolled_back_as("owner"):
        what_the_world_has_not(world)
        run("SET LOCAL app.moves_clocks = 'on'")
        where = f"WHERE coalesce({column}::text, '') = ''"
        (row,) = run(f'SELECT id FROM "{schema}"."{table}" {where} ORDER BY id DESC LIMIT 1')
        value = _other(schema, table, column)
        beside = f", {BESIDE[column]}" if column in BESIDE else ""
        run(f'UPDATE "{schema}"."{table}" SET {column} = {value}{beside} WHERE id = %s', row)
        empty = "''" if value == "'changed'" else "NULL"
        again = {"gen_random_uuid()": value, "'changed'": "'again'"}.get(value, "'2002-01-01Z'")
        for other in (again, empty):
            change = f'UPDATE "{schema}"."{table}" SET {column} = {other} WHERE id = %s'
            assert sqlstate(change, row) == "RP422"


@pytest.mark.attacks("people_person: rising")
def test_the_epoch_of_somebodys_sessions_never_falls(world: World, committed: None) -> None:
    """Nor does runtime write it at all."""
    change = "UPDATE people_person SET session_epoch = session_epoch {}"
    with rolled_back_as("owner"):
        run(change.format("+ 2"))
        run("SET LOCAL app.moves_clocks = 'on'")
        assert sqlstate(change.format("- 1")) == "RP422"
        assert sqlstate(change.format("+ 0")) == ""
    with rolled_back_as("default"):
        assert sqlstate(change.format("- 1")) == "42501"
