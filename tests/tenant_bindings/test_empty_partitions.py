"""A schema of which nothing is left but the audit is dropped; its chain outlives it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.test import Client

from apps.core import door
from apps.core.access import Role
from apps.core.chain_reading import verify_lines
from apps.people.models import Membership, Person
from apps.people.operations import create_api_client
from apps.tenant_bindings import tasks
from apps.tenant_bindings.context import enter_platform
from apps.tenant_bindings.dropping import drop_empty_partitions, drop_partition
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.tasks import finish_binding
from apps.tenants.partitions import make_partition
from apps.upkeep.models import JobRecord
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.core.threads import meanwhile, until_somebody_waits
from tests.isolation.logins import connect, refused, rows, stand
from tests.isolation.tenants import make_environment
from tests.retention.ages import SERVICES, Aged
from tests.tenant_bindings.emptied import (
    DROP,
    asked,
    chains,
    emptied,
    empty,
    exported,
    released,
    stands,
    tables,
)
from tests.world import OPERATOR, World


def dropped(found: Aged) -> str | None:
    return drop_partition(found.schema, tenant_id=found.slug, actor=OPERATOR)


def bound(found: Aged) -> UUID:
    """A Pending binding of that tenant to a new environment, its partition's name the same."""
    environment = make_environment(found.model)
    with door.using("owner"), enter_platform(actor=OPERATOR):
        return request_binding(tenant_id=found.slug, environment_id=environment, quota={}).id


@pytest.mark.parametrize("model", ["silo", "pool"])
def test_an_empty_schema_goes_and_its_chain_stands_in_the_control_plane_as_it_was(
    committed: None, model: str
) -> None:
    found = emptied(model)
    before, entries = chains(found.slug)[found.schema], exported(found.slug, found.schema)
    assert before["entries"] > 3
    assert dropped(found) is None
    assert not stands(found.schema)
    assert chains(found.slug)[found.schema] == before
    assert exported(found.slug, found.schema) == entries
    for chain, tenant in ((found.slug, found.slug), ("platform", "platform")):
        last = [e for e in exported(tenant, "public") if e["action"] == "partition.dropped"][-1]
        assert last["objectId"] == found.schema, chain
        assert f'"sealedHash":"{before["head"]["hash"]}"' in last["details"]["after"]["value"]
    assert manage("check_isolation").code == 0


def test_an_export_of_what_is_sealed_verifies_without_a_database(
    committed: None, tmp_path: Path
) -> None:
    found = emptied()
    since = tmp_path / "since.json"
    since.write_text(manage("verify_audit", "--tenant", found.slug, "--format", "json").out)
    assert dropped(found) is None
    file = tmp_path / "chains.jsonl"
    assert manage("export_audit", "--tenant", found.slug, "--output", file).code == 0
    assert manage("verify_audit", "--file", file, "--since", since).code == 0
    assert manage("verify_audit", "--tenant", found.slug, "--since", since).code == 0


TAMPERING = {
    "is not as it was written": "UPDATE tenants_sealedentry SET action = 'x.y' WHERE number = 2",
    "the end is cut off": "UPDATE tenants_sealedhead SET last_number = last_number + 1 WHERE true",
    "has another": "UPDATE tenants_sealeddetail SET value = '\"x\"' WHERE kind = 'label'",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_is_sealed_is_not_changed_and_shows_where_it_was(committed: None, what: str) -> None:
    found = emptied()
    assert dropped(found) is None
    change = f"{TAMPERING[what]} AND tenant_id = '{found.slug}'"
    with connect("owner") as owner:
        assert refused(owner, change).sqlstate == "RP422"
        owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
        owner.execute(change.encode())
    ended = manage("verify_audit", "--tenant", found.slug, "--format", "json")
    assert ended.code == 1
    (fault,) = [chain["fault"] for chain in ended.json["chains"] if not chain["ok"]]
    assert what in fault["what"]


@pytest.mark.parametrize("table", ["tenants_sealedentry", "tenants_sealedhead"])
def test_what_is_sealed_is_deleted_by_nobody(committed: None, table: str) -> None:
    found = emptied()
    assert dropped(found) is None
    with connect("owner") as owner:
        owner.execute(b"DELETE FROM tenants_sealeddetail WHERE tenant_id = %s", [found.slug])
        gone = f"DELETE FROM {table} WHERE tenant_id = '{found.slug}'"
        assert refused(owner, gone).sqlstate == "RP422"
        owner.rollback()


def test_the_tenants_pages_and_its_api_show_it_and_nobody_elses(
    world: World, committed: None
) -> None:
    found = emptied()
    entry = next(e for e in exported(found.slug, found.schema) if e.get("number") == 2)
    assert dropped(found) is None
    with door.using("owner"), enter_platform(actor=OPERATOR):
        auditor = Person.objects.create(email=f"auditor@{found.slug}.test", name="Auditor")
        Membership.objects.create(person=auditor, tenant_id=found.slug, role=Role.TENANT_AUDITOR)
        token = create_api_client(
            tenant_id=found.slug, name="audit", scopes=["runtime.audit.read"]
        )[1]
    client = Client()
    client.force_login(auditor)
    audit = f"/t/{found.slug}/audit/"
    assert found.schema in client.get(f"{audit}{entry['id']}/").content.decode()
    assert entry["id"] in client.get(f"{audit}?object={entry['objectType']}").content.decode()
    client.force_login(world.acme.people[Role.TENANT_AUDITOR])
    assert client.get(f"/t/acme/audit/{entry['id']}/").status_code == 404
    client.force_login(world.platform[Role.GOVERNANCE_OFFICER])
    assert client.get(f"/platform/audit/{entry['id']}/").status_code == 404
    bearer = {"Authorization": f"Bearer {token}"}
    events = "/v1/runtime/audit-events"
    one = Client().get(f"{events}/{entry['id']}", headers=bearer).json()
    assert (one["hash"], one["chain"]) == (entry["hash"], found.schema)
    assert one in Client().get(f"{events}?limit=200", headers=bearer).json()["results"]
    listed = Client().get(f"{events}/export?format=ndjson", headers=bearer)
    assert entry["id"] in b"".join(listed).decode()
    for _ in range(2):  # sealed alone, and where the chain goes on in a partition made anew
        lines = b"".join(Client().get(f"{events}/chains", headers=bearer)).decode().splitlines()
        checks = {check.chain: check for check in verify_lines(lines)}
        assert set(checks) == {found.schema, "public"}
        assert [check.fault for check in checks.values()] == [None, None]
        finish_binding(bound(found), actor=OPERATOR)


@pytest.mark.attacks("nothing goes early")
def test_a_row_in_any_one_table_keeps_it(committed: None) -> None:
    found = released()
    with connect("owner") as owner:
        every = tables(owner, found.schema)
        # Where the tenant has none, the table is given one that names it and no more.
        for name in every:
            with owner.transaction(force_rollback=True):
                empty(owner, found, name)
                ((there,),) = rows(owner, f"SELECT count(*) FROM {found.table(name)}")
                assert there, f"{name} has no row: nothing would be proved"
                ((kept_by,),) = rows(owner, DROP, [found.schema])
                # Of a table that is split by day the part is named, or the table itself.
                assert kept_by == f"a row is in {name}"
    assert len(every) >= 14
    assert stands(found.schema)


def test_a_table_of_which_the_code_knows_nothing_keeps_it_by_its_rows(committed: None) -> None:
    found = emptied()
    with connect("owner") as owner:
        for made, kept_by in (
            ("CREATE TABLE {0}.found AS SELECT 1", "a row is in found"),
            ("CREATE VIEW {0}.seen AS SELECT 1", "something that the portal has not made is in it"),
            ("ALTER POLICY owner_all ON {0}." + SERVICES + " USING (false)",
             "the owner does not see one of its tables whole"),
            ("CREATE POLICY less ON {0}." + SERVICES + " AS RESTRICTIVE USING (false)",
             "the owner does not see one of its tables whole"),
        ):  # fmt: skip
            with owner.transaction(force_rollback=True):
                owner.execute(made.format(f'"{found.schema}"').encode())
                assert rows(owner, DROP, [found.schema]) == [(kept_by,)]
    assert dropped(found) is None


@pytest.mark.parametrize("status", ["Pending", "Active", "Suspended"])
def test_a_binding_that_is_not_released_keeps_it(committed: None, status: str) -> None:
    found = emptied()
    binding = bound(found)
    if status != "Pending":
        finish_binding(binding, actor=OPERATOR)
    if status == "Suspended":
        with connect("owner") as owner:
            owner.execute(
                b"UPDATE tenant_bindings_runtimetenantbinding SET status = 'Suspended' "
                b"WHERE id = %s", [binding],
            )  # fmt: skip
    assert dropped(found) == "a binding is not Released"
    assert found.schema not in drop_empty_partitions(actor=OPERATOR).kept
    assert stands(found.schema)


def test_a_hold_on_the_tenant_keeps_it_until_its_grace_is_over(committed: None) -> None:
    found = emptied()
    with connect("owner") as owner:
        owner.execute(
            b"INSERT INTO retention_legalhold (id, tenant_id, number, data_classes, matter, reason,"
            b" status, placed_by_label, lift_proposed_by_label, lift_reason, lifted_by_label) "
            b"VALUES (gen_random_uuid(), %s, 1, '{step-log}', 'm', 'r', 'Placed', '', '', '', '')",
            [found.slug],
        )
    assert dropped(found) == "a hold is on its tenant"
    _change_hold(
        found,
        "status = 'LiftProposed', lift_proposed_by_id = gen_random_uuid(), lift_reason = 'r'",
        "status = 'Lifted', lifted_by_id = gen_random_uuid(), lifted_at = now()",
    )
    for age, kept_by in (("29 days", "a hold is on its tenant"), ("31 days", None)):
        _change_hold(found, f"lifted_at = now() - interval '{age}'")
        assert dropped(found) == kept_by


def _change_hold(found: Aged, *changes: str) -> None:
    with connect("owner") as owner:
        owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
        for change in changes:
            hold = f"UPDATE retention_legalhold SET {change} WHERE tenant_id = %s"
            owner.execute(hold.encode(), [found.slug])


def test_a_blob_that_waits_keeps_it(committed: None) -> None:
    found = emptied()
    with connect("owner") as owner:
        owner.execute(
            b"INSERT INTO retention_removedlog (id, tenant_id, environment_id, path, bytes, sha256)"
            b" VALUES (gen_random_uuid(), %s, %s, %s || '/x', 0, 'x')",
            [found.slug, found.environment, found.slug],
        )
    assert dropped(found) == "step logs wait to be removed"
    with connect("owner") as owner:
        owner.execute(b"UPDATE retention_removedlog SET gone_at = now() WHERE tenant_id = %s",
                      [found.slug])  # fmt: skip
    assert dropped(found) is None


def test_neither_shared_nor_public_nor_a_spare_nor_what_is_not_there_goes(committed: None) -> None:
    with connect("owner") as owner:
        spares = rows(owner, "SELECT nspname FROM pg_namespace WHERE nspname ^@ 'spare_'")
    for schema in ("shared", "public", "app", "pg_catalog", "pool_of-nobody", "", 'x"; --',
                   *(name for (name,) in spares)):  # fmt: skip
        assert asked(schema) == "it is no partition of a tenant"
    assert stands("shared")


def test_a_run_that_is_at_work_keeps_it(committed: None) -> None:
    found = emptied()
    with connect("steward", autocommit=True) as steward:
        steward.execute("SELECT pg_advisory_lock(app.retention_lock('a run'))")
        assert dropped(found) == "a run of the purge is at work"
    assert dropped(found) is None


def test_whoever_reads_in_it_is_not_waited_for(committed: None) -> None:
    """A dry run that plans, a custody export: the next time is soon enough."""
    found = emptied()
    with connect("steward") as steward:
        stand(steward, found.slug)
        rows(steward, f"SELECT count(*) FROM {found.table(SERVICES)}")
        assert dropped(found) == "somebody is at work there"
    assert stands(found.schema)


def test_whoever_writes_a_row_at_that_moment_keeps_it(committed: None) -> None:
    found = emptied()
    with connect("owner") as owner:
        owner.execute(
            f"INSERT INTO {found.table('configurations_versioncounter')} (id, tenant_id, "
            "environment_id, last_version) VALUES (gen_random_uuid(), %s, %s, 1)".encode(),
            [found.slug, found.environment],
        )
        assert dropped(found) == "somebody is at work there"
    assert dropped(found) == "a row is in configurations_versioncounter"


@pytest.mark.parametrize("login", ["default", "steward"])
def test_no_other_login_calls_it_or_drops_anything(committed: None, login: str) -> None:
    found = emptied()
    with connect(login) as connection:
        stand(connection, found.slug)
        for statement in (
            f"SELECT app.drop_partition('{found.schema}')",
            f'DROP SCHEMA "{found.schema}" CASCADE',
            f"DROP TABLE {found.table(SERVICES)} CASCADE",
            "INSERT INTO tenants_sealedhead (id, tenant_id, chain, last_number, last_hash) "
            f"VALUES (gen_random_uuid(), '{found.slug}', 'x', 0, '')",
            "UPDATE tenants_datapartition SET migrated_to = ''",
            "DELETE FROM tenants_sealedentry",
        ):
            assert refused(connection, statement).sqlstate == "42501", statement
    assert stands(found.schema)


def test_an_older_snapshot_proves_nothing(committed: None) -> None:
    found = emptied()
    with connect("owner") as owner:
        owner.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert refused(owner, f"SELECT app.drop_partition('{found.schema}')").sqlstate == "RP500"


def test_a_chain_that_is_not_whole_stays_where_it_is(committed: None) -> None:
    found = emptied()
    with connect("owner") as owner:
        owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
        owner.execute(f"DELETE FROM {found.table('core_auditdetail')}".encode())
        owner.execute(f"DELETE FROM {found.table('core_auditentry')} WHERE number = 2".encode())
    assert dropped(found) == "its chain is not whole"
    assert stands(found.schema)
    with connect("owner") as owner:
        sealed = rows(owner, "SELECT count(*) FROM tenants_sealedentry WHERE tenant_id = %s",
                      [found.slug])  # fmt: skip
    assert sealed == [(0,)]


def test_a_partition_that_is_made_anew_goes_on_with_its_chain_and_goes_again(
    committed: None,
) -> None:
    found = emptied()
    first = chains(found.slug)[found.schema]
    assert dropped(found) is None
    finish_binding(bound(found), actor=OPERATOR)
    again = chains(found.slug)[found.schema]
    assert (again["entries"], again["head"]) == (first["entries"], first["head"])
    binding = bound(found)
    finish_binding(binding, actor=OPERATOR)
    with connect("owner") as owner:
        ((environment,),) = rows(
            owner, "SELECT environment_id FROM tenant_bindings_runtimetenantbinding WHERE id = %s",
            [binding],
        )  # fmt: skip
    found.tenant.environments[found.model] = environment
    found.release_anew(1)
    longer = chains(found.slug)[found.schema]
    assert longer["entries"] > first["entries"]
    assert longer["entries"] == longer["head"]["number"]
    with connect("owner") as owner:
        owner.execute(
            b"UPDATE tenant_bindings_runtimetenantbinding SET status = 'Released' "
            b"WHERE tenant_id = %s AND status <> 'Released'", [found.slug],
        )  # fmt: skip
        empty(owner, found)
    assert dropped(found) is None
    assert chains(found.slug)[found.schema] == longer


def test_a_binding_that_waits_for_the_drop_gets_a_fresh_partition(committed: None) -> None:
    found = emptied()
    with connect("owner") as owner, ThreadPoolExecutor(1) as pool:
        assert rows(owner, DROP, [found.schema]) == [(None,)]
        made = meanwhile(pool, lambda: finish_binding(bound(found), actor=OPERATOR).status)
        until_somebody_waits()
        owner.commit()
        assert made.result() == "Active"
    assert stands(found.schema)
    found.tenant.environments[found.model] = _environment_of(found)
    found.release_anew(1)


def test_a_binding_that_is_being_made_keeps_the_partition(committed: None) -> None:
    found = emptied()
    with door.using("owner"), enter_platform(actor=OPERATOR):
        request_binding(
            tenant_id=found.slug, environment_id=make_environment(found.model), quota={}
        )
        with ThreadPoolExecutor(1) as pool:
            # It sees no binding yet; the partition's row, which the maker locks, is what it meets.
            make_partition(found.schema)
            assert pool.submit(asked, found.schema).result() == "somebody is at work there"
    assert dropped(found) == "a binding is not Released"


def _environment_of(found: Aged) -> UUID:
    with connect("owner") as owner:
        ((environment,),) = rows(
            owner,
            "SELECT environment_id FROM tenant_bindings_runtimetenantbinding "
            "WHERE tenant_id = %s AND status = 'Active'",
            [found.slug],
        )
    return UUID(str(environment))


def test_killed_before_the_commit_leaves_all_as_it_was(committed: None) -> None:
    found = emptied()
    before = chains(found.slug)[found.schema]
    victim = connect("owner")
    assert rows(victim, DROP, [found.schema]) == [(None,)]
    with connect("owner", autocommit=True) as owner:
        owner.execute(b"SELECT pg_terminate_backend(%s)", [victim.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        victim.execute(b"SELECT 1")
    assert stands(found.schema)
    assert chains(found.slug)[found.schema] == before
    assert dropped(found) is None


def test_the_worker_does_it_and_says_what_it_did(world: World, committed: None) -> None:
    gone, held = emptied(), released()
    tasks.drop_what_is_empty(0)
    assert (stands(gone.schema), stands(held.schema)) == (False, True)
    with on_platform(world):
        record = JobRecord.objects.get(name="drop_empty_partitions")
    assert (record.state, record.failure) == ("Succeeded", "")
    assert " dropped, " in record.result


def test_runs_forecasts_and_checks_go_on_without_it(committed: None) -> None:
    found = emptied()
    assert dropped(found) is None
    assert manage("run_retention", "--tenant", found.slug).code == 0
    assert manage("run_retention", "--tenant", found.slug, "--dry-run").code == 0
    assert manage("migrate_partitions").code == 0
