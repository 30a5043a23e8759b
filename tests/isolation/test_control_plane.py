"""The control plane as another tenant, as a person of another tenant, and as nobody."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.core.walls.grants import CONTROL_TABLES
from apps.overview.models import COUNTS
from tests.core.chains import ENTRY
from tests.isolation.logins import Connection, connect, outcome, refused, rows, stand
from tests.retention import records
from tests.world import MODELS, World

BINDINGS = "public.tenant_bindings_runtimetenantbinding"
# Paths of removed blobs: runtime has no grant at all.
UNGRANTED = "retention_removedlog"
WALLED = sorted(set(CONTROL_TABLES) - {UNGRANTED})
# No platform's person reads it, so that none is asked for: of a tenant's clients, and the chains of
# its partitions.
TENANTS_OWN = (
    "api_keptanswer", "tenants_sealeddetail", "tenants_sealedentry", "tenants_sealedhead",
)  # fmt: skip
# What stands under the platform alone, and what no tenant sees a row of.
PLATFORMS_OWN = (
    "people_officerproposal", "upkeep_jobrecord", "upkeep_backlog", "upkeep_alert",
)  # fmt: skip
OF_THE_PLATFORM = (
    "environments_runtimeenvironment", "overview_fleetcount", *PLATFORMS_OWN,
    *records.HIDDEN_FROM_TENANTS,
)  # fmt: skip

NOTHING = {
    "environment_id": str(uuid7()), "counted_at": "2030-01-01T00:00:00Z", **dict.fromkeys(COUNTS, 0)
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def clients(world: World) -> Iterator[None]:
    """An API client, an invitation and a visit of each tenant, a proposal and a job. As owner."""
    with connect("owner") as owner:
        _proposal(owner, world)
        owner.execute(
            "INSERT INTO upkeep_jobrecord (id, tenant_id, name, started_at, result, failure) "
            "VALUES (%s, 'platform', 'of a test', now(), '', '') ON CONFLICT DO NOTHING",
            [uuid7()],
        )
        owner.execute(
            "INSERT INTO upkeep_backlog (id, tenant_id, of_tenant, data_class, due, kept) "
            "VALUES (%s, 'platform', 'acme', 'of a test', 0, 0) ON CONFLICT DO NOTHING",
            [uuid7()],
        )
        # Over, so that no page tells of it.
        owner.execute(
            "INSERT INTO upkeep_alert (id, tenant_id, kind, of_tenant, data_class, told, "
            "cleared_at) VALUES (%s, 'platform', 'overdue', 'acme', 'of a test', 'x', now())",
            [uuid7()],
        )
        for tenant in ("acme", "globex"):
            owner.execute(
                "INSERT INTO people_apiclient (id, tenant_id, name, token_hash, prefix, scopes) "
                "VALUES (%s, %s, 'CI', sha256(%s), 'rp_', '{runtime.services.read}') "
                "ON CONFLICT DO NOTHING",
                [uuid7(), tenant, f"token of {tenant}".encode()],
            )
            owner.execute(
                "INSERT INTO people_invitation (id, tenant_id, email, role, token_hash, status, "
                "expires_at) VALUES (%s, %s, 'guest@people.test', 'tenant-viewer', sha256(%s), "
                "'Pending', now() + interval '1 day') ON CONFLICT DO NOTHING",
                [uuid7(), tenant, f"letter of {tenant}".encode()],
            )
            owner.execute(
                "INSERT INTO overview_fleetcount SELECT (jsonb_populate_record("
                "NULL::overview_fleetcount, %s::jsonb)).* ON CONFLICT DO NOTHING",
                [json.dumps({**NOTHING, "id": str(uuid7()), "tenant_id": tenant})],
            )
            # Over, so that nobody is inside.
            owner.execute(
                "INSERT INTO people_visit (id, tenant_id, person_id, reason, ends_at, ended_at) "
                "VALUES (%s, %s, %s, 'a look', now() + interval '1 hour', now())",
                [uuid7(), tenant, world.platform[Role.PLATFORM_ADMIN].pk],
            )
        for statement in records.statements("acme", "globex"):
            owner.execute(statement.encode())
    yield
    # Whoever lists the chains of acme later would meet them.
    with connect("owner") as owner:
        owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
        for table in ("detail", "entry", "head"):
            gone = f"DELETE FROM tenants_sealed{table} WHERE tenant_id IN ('acme', 'globex')"
            owner.execute(gone.encode())


def _proposal(owner: Connection, world: World) -> None:
    owner.execute(
        "INSERT INTO people_officerproposal (id, tenant_id, person_id, status, reason, "
        "proposed_by) VALUES (%s, 'platform', %s, 'Proposed', 'knows the rules', %s) "
        "ON CONFLICT DO NOTHING",
        [
            uuid7(),
            world.platform[Role.PLATFORM_VIEWER].pk,
            world.platform[Role.PLATFORM_ADMIN].pk,
        ],
    )


def _person(connection: Connection, person: Any) -> None:
    connection.execute("SELECT set_config('app.person', %s, true)", [str(person)])


def _seen(connection: Connection, table: str) -> set[str]:
    return {t for (t,) in rows(connection, f"SELECT DISTINCT tenant_id FROM public.{table}")}


@pytest.mark.attacks("*: walls of the control plane")
@pytest.mark.parametrize("table", WALLED)
def test_nobody_sees_nothing(psql: Connection, table: str) -> None:
    assert _seen(psql, table) == set()


@pytest.mark.attacks("retention_removedlog: walls of the control plane")
@pytest.mark.parametrize("who", ["nobody", "an officer", "a tenant"])
def test_nobody_but_the_steward_reads_where_removed_logs_were(
    psql: Connection, world: World, who: str
) -> None:
    if who == "an officer":
        _person(psql, world.platform[Role.GOVERNANCE_OFFICER].pk)
    elif who == "a tenant":
        stand(psql, "acme")
    assert refused(psql, f"SELECT path FROM public.{UNGRANTED}").sqlstate == "42501"


@pytest.mark.parametrize("table", WALLED)
@pytest.mark.parametrize("name", ["", "GLOBEX", "globex ", "globex%", "initech", "{globex}"])
def test_a_mistyped_tenant_sees_nothing(psql: Connection, table: str, name: str) -> None:
    stand(psql, name)
    assert _seen(psql, table) == set()


@pytest.mark.attacks("*: walls of the control plane")
@pytest.mark.parametrize("table", WALLED)
def test_a_tenant_sees_its_own_alone(psql: Connection, table: str) -> None:
    stand(psql, "acme")
    expected = set() if table in OF_THE_PLATFORM else {"acme"}
    # The platform's freezes bind it, so it reads them.
    if table == "freezes_freeze":
        expected.add("platform")
    assert _seen(psql, table) == expected


@pytest.mark.parametrize("table", WALLED)
@pytest.mark.parametrize("where", ["", "acme"])
def test_a_person_of_another_tenant_brings_nothing_but_their_own_memberships(
    psql: Connection, world: World, table: str, where: str
) -> None:
    _person(psql, world.stranger.pk)
    stand(psql, where)
    mine = {where} - {""} if table not in OF_THE_PLATFORM else set()
    own = {"globex"} if table in ("people_membership", "tenants_tenant") else set()
    if where and table == "freezes_freeze":
        own = {"platform"}
    assert _seen(psql, table) == mine | own
    memberships = rows(psql, "SELECT person_id FROM people_membership WHERE tenant_id = 'globex'")
    assert {person for (person,) in memberships} == {world.stranger.pk}


@pytest.mark.parametrize("person", ["", str(uuid7())], ids=["none", "unknown"])
@pytest.mark.parametrize("table", WALLED)
def test_a_person_who_is_nobody_sees_nothing(psql: Connection, table: str, person: str) -> None:
    _person(psql, person)
    assert _seen(psql, table) == set()


def test_a_mistyped_person_is_an_error_and_no_rows(psql: Connection) -> None:
    _person(psql, "root")
    for table in TENANTS_OWN:
        assert _seen(psql, table) == set()
    for table in sorted(set(WALLED) - set(TENANTS_OWN)):
        assert refused(psql, f"SELECT tenant_id FROM public.{table}").sqlstate == "22P02"


@pytest.mark.parametrize("role", [Role.PLATFORM_VIEWER, Role.GOVERNANCE_OFFICER])
def test_platform_people_see_the_fleet_and_write_nothing(
    psql: Connection, world: World, role: Role
) -> None:
    _person(psql, world.platform[role].pk)
    for table in WALLED:
        if table in TENANTS_OWN:
            assert _seen(psql, table) == set()
            continue
        if table.startswith("retention_"):
            assert bool(_seen(psql, table)) is (role == Role.GOVERNANCE_OFFICER)
            continue
        tenants = {"platform"} if table in PLATFORMS_OWN else {"acme", "globex"}
        assert tenants <= _seen(psql, table)
    for statement in WRITES:
        state, _, touched = outcome(psql, statement)
        # An officer ends the roles of officers: here there is one.
        mine = 1 if role == Role.GOVERNANCE_OFFICER and statement in OF_OFFICERS else 0
        # What officers sign about a tenant stands in its chain, or is no link of it.
        signed = role == Role.GOVERNANCE_OFFICER and " core_audit" in statement.replace(
            "public.", " "
        )
        assert state == "42501" or (signed and state in NO_LINK) or touched == mine, statement


WRITES = [
    "INSERT INTO tenants_tenant (tenant_id, name, status) VALUES ('initech', 'x', 'Active')",
    "UPDATE tenants_tenant SET name = 'mine'",
    "INSERT INTO tenants_vault (name, tenant_id) VALUES ('initech', 'acme')",
    "INSERT INTO tenants_datapartition (id, schema_name, tenant_id, migrated_to) "
    "VALUES (gen_random_uuid(), 'silo_acme2', 'acme2', '')",
    "UPDATE tenant_bindings_runtimetenantbinding SET status = 'Active'",
    "UPDATE tenant_bindings_runtimetenantbinding SET quota_storage_gib = 1000000",
    "UPDATE environments_runtimeenvironment SET pulumi_stack_ref = 'mine'",
    "INSERT INTO people_membership (id, tenant_id, person_id, role) "
    "SELECT gen_random_uuid(), 'acme', id, 'tenant-admin' FROM people_person LIMIT 1",
    "INSERT INTO people_membership (id, tenant_id, person_id, role) "
    "SELECT gen_random_uuid(), 'platform', id, 'governance-officer' FROM people_person LIMIT 1",
    "UPDATE people_membership SET ended_at = NULL",
    "UPDATE people_membership SET ended_at = now()",
    "UPDATE people_apiclient SET revoked_at = now()",
    "INSERT INTO people_invitation (id, tenant_id, email, role, token_hash, status, expires_at) "
    "VALUES (gen_random_uuid(), 'acme', 'x@x.test', 'tenant-admin', 'x', 'Pending', now())",
    "UPDATE people_invitation SET status = 'Revoked'",
    "INSERT INTO people_visit (id, tenant_id, person_id, reason, ends_at) "
    "SELECT gen_random_uuid(), 'acme', id, 'x', now() + interval '1 hour' FROM people_person",
    "UPDATE people_visit SET ended_at = now()",
    "UPDATE people_visit SET elevated_at = now(), elevated_by = gen_random_uuid()",
    "UPDATE people_officerproposal SET status = 'Confirmed', decided_by = gen_random_uuid()",
    "INSERT INTO people_apiclient (id, tenant_id, name, token_hash, prefix, scopes) "
    "VALUES (gen_random_uuid(), 'globex', 'mine', 'x', 'x', '{}')",
    *(
        "INSERT INTO freezes_freeze (id, tenant_id, scope, project_id, starts_at, ends_at, "
        "time_zone, reason, override_role, status, created_by) VALUES (gen_random_uuid(), "
        f"'{tenant}', '{scope}', '', now(), now() + interval '1 day', '', 'x', '', 'Standing', '')"
        for tenant, scope in (("globex", "tenant"), ("platform", "all"))
    ),
    "UPDATE freezes_freeze SET status = 'Ended' WHERE tenant_id <> 'acme'",
    "UPDATE freezes_freeze SET reason = ''",
    "UPDATE overview_fleetcount SET services = 0",
    "DELETE FROM overview_fleetcount",
    "DELETE FROM freezes_freeze",
    ENTRY.format(
        schema="public", tenant="globex", chain="public", number=1, previous_hash="0", hash="1"
    ),
    "INSERT INTO core_audithead (id, tenant_id, chain, last_number, last_hash) "
    f"VALUES (gen_random_uuid(), 'globex', 'another', 0, '{'0' * 64}')",
    "INSERT INTO core_auditdetail (id, tenant_id, entry_id, kind, salt, value) VALUES "
    "(gen_random_uuid(), 'globex', gen_random_uuid(), 'reason', '', '1')",
    "UPDATE core_audithead SET last_hash = last_hash WHERE tenant_id = 'globex'",
    "UPDATE core_auditentry SET action = ''",
    "UPDATE core_auditdetail SET value = '1'",
    "DELETE FROM core_auditentry",
    "DELETE FROM core_auditdetail",
    "DELETE FROM core_audithead",
]

# A chain may begin by what an officer signs first.
OF_OFFICERS = [
    statement
    for statement in WRITES
    if "people_membership SET" in statement or "INTO core_audithead" in statement
]
NO_LINK = ("RP409", "23503")

STANDING: dict[str, Callable[[Connection, World], None]] = {
    "nobody": lambda c, w: None,
    "acme": lambda c, w: stand(c, "acme"),
    "a tenant admin of acme": lambda c, w: _person(c, w.acme.people[Role.TENANT_ADMIN].pk),
}


@pytest.mark.attacks(
    "tenants_tenant: walls of the control plane",
    "environments_runtimeenvironment: walls of the control plane",
    "tenant_bindings_runtimetenantbinding: walls of the control plane",
)
@pytest.mark.parametrize("statement", WRITES)
@pytest.mark.parametrize("who", STANDING)
def test_nobody_but_a_platform_admin_writes_it(
    psql: Connection, world: World, who: str, statement: str
) -> None:
    STANDING[who](psql, world)
    state, _, touched = outcome(psql, statement)
    assert state == "42501" or (state, touched) == ("", 0)


@pytest.mark.attacks("binding decides")
@pytest.mark.parametrize("status", ["Pending", "Released"])
@pytest.mark.parametrize("model", MODELS)
def test_a_binding_that_is_pending_or_released_is_not_shown_and_admits_nothing(
    committed: None, model: str, status: str, tenant: Any
) -> None:
    binding, environment = tenant.bindings[model], tenant.environments[model]
    with connect("owner") as owner:
        if status == "Released":
            change = "UPDATE {} SET status = 'Released' WHERE id = %s"
            owner.execute(change.format(BINDINGS).encode(), [binding])
        else:  # no transition leads back: the row is made anew, as the request makes it
            owner.execute(
                f"""CREATE TABLE public.kept AS SELECT * FROM {BINDINGS} WHERE id = '{binding}'"""
                .encode()
            )  # fmt: skip
            columns = (
                "id, tenant_id, environment_id, isolation_model, environment_name, "
                "environment_project, environment_status, stage, region"
            )
            owner.execute(f"DELETE FROM {BINDINGS} WHERE id = '{binding}'".encode())
            owner.execute(
                f"INSERT INTO {BINDINGS} ({columns}, status) SELECT {columns}, 'Pending' "
                "FROM public.kept".encode()
            )
            owner.execute("DROP TABLE public.kept")
    with connect() as psql:
        stand(psql, tenant.slug)
        assert rows(psql, f"SELECT * FROM {BINDINGS}") == []
        assert rows(psql, f'SELECT * FROM "{tenant.schema(model)}".services_runtimeservice') == []
        enter = "SELECT app.enter(%s, 'worker', NULL, %s, NULL, false)"
        assert refused(psql, enter, [tenant.slug, environment]).sqlstate == "RP404"
        assert refused(psql, enter, [tenant.slug, uuid7()]).sqlstate == "RP404"


@pytest.mark.attacks("owning gives no right")
@pytest.mark.parametrize("model", MODELS)
def test_a_bound_tenant_reads_no_environment_row_its_own_included(
    psql: Connection, world: World, model: str
) -> None:
    """The silo is even owned by acme: owning gives no right, and the binding has the copies."""
    stand(psql, "acme")
    environment = world.acme.environments[model]
    found = "SELECT * FROM environments_runtimeenvironment WHERE id = %s"
    assert rows(psql, found, [environment]) == []
    copies = f"SELECT environment_name, stage, region FROM {BINDINGS} WHERE environment_id = %s"
    assert len(rows(psql, copies, [environment])) == 1


@pytest.mark.parametrize("model", ["pool", "shared"])
def test_who_else_is_bound_to_the_same_environment_is_not_shown(
    psql: Connection, world: World, model: str
) -> None:
    stand(psql, "acme")
    found = f"SELECT tenant_id FROM {BINDINGS} WHERE environment_id = %s"
    assert rows(psql, found, [world.acme.environments[model]]) == [("acme",)]


def test_a_token_is_found_by_its_whole_hash_alone(psql: Connection, world: World) -> None:
    ask = "SELECT app.client_by_token(%s)"
    found = rows(psql, "SELECT app.client_by_token(sha256('token of acme'))")[0][0]
    assert found["tenant"] == "acme"
    for wrong in (b"", b"%", b"\x00", b"token of acme"):
        assert rows(psql, ask, [wrong]) == [(None,)]
    assert rows(psql, ask, [None]) == [(None,)]


@pytest.mark.parametrize("who", ["stranger", "nobody", "an unknown tenant", "the platform's"])
def test_the_door_answers_a_stranger_like_somebody_who_asks_for_nothing(
    psql: Connection, world: World, who: str
) -> None:
    """One answer for a tenant that is not, and one that is and is not theirs."""
    enter = "SELECT app.enter(%s, 'person', %s, NULL, NULL, false)"
    tenant, person = {
        "stranger": ("acme", world.stranger.pk),
        "nobody": ("acme", uuid7()),
        "an unknown tenant": ("initech", world.stranger.pk),
        "the platform's": ("platform", world.platform[Role.PLATFORM_ADMIN].pk),
    }[who]
    error = refused(psql, enter, [tenant, person])
    expected = refused(psql, enter, ["no-such-tenant", uuid7()])
    assert (error.sqlstate, str(error)) == ("RP404", str(expected))


def test_a_client_enters_no_tenant_but_its_own(psql: Connection, world: World) -> None:
    found = rows(psql, "SELECT app.client_by_token(sha256('token of globex'))")[0][0]
    enter = "SELECT app.enter(%s, 'client', %s, NULL, NULL, false)"
    assert refused(psql, enter, ["acme", found["id"]]).sqlstate == "RP404"
    assert rows(psql, enter, ["globex", found["id"]])


@pytest.mark.parametrize("kind", ["Operator", "", "owner", "system", "steward", None])
def test_a_kind_of_actor_that_is_none_enters_nothing(psql: Connection, kind: str | None) -> None:
    enter = "SELECT app.enter('acme', %s, NULL, NULL, NULL, false)"
    assert refused(psql, enter, [kind]).sqlstate == "RP404"
