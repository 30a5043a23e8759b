"""`run_retention`: what is due goes, in an order that breaks nothing, and the run says so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from apps.core import door
from apps.core.access import Actor, Role
from apps.core.errors import Forbidden, Refused
from apps.core.walls.classes import governed
from apps.retention import purge as batches
from apps.retention import runs
from apps.retention.going import Gone
from apps.retention.going import rows as run_sql
from apps.retention.models import RemovedLog, RetentionEntry, RetentionRun
from apps.retention.operations import place_hold
from apps.retention.runs import Wanted, run_retention
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.core.doors import on_platform
from tests.core.shell import manage, manage_process
from tests.core.threads import meanwhile, until_somebody_waits
from tests.isolation.changes import release
from tests.isolation.logins import connect, rows, stand
from tests.people.roles import as_owner
from tests.retention.ages import (
    CONFIGURATIONS,
    DEPLOYMENTS,
    POLICIES,
    PRODUCTS,
    SERVICES,
    STEPS,
    Aged,
    aged,
)
from tests.world import OPERATOR, World, person_actor

WORKER = Actor("worker", label="runtime-inventory-worker")


def _run(*arguments: Any) -> Any:
    return manage("run_retention", *arguments, "--format", "json")


def _by_class(ended: Any) -> dict[str, dict[str, Any]]:
    return {entry["dataClass"]: entry for entry in ended.json["entries"]}


def _old(model: str = "pool") -> Aged:
    found = aged(model)
    found.release_anew(4)
    found.retire("cart")
    found.age_all("800 days")
    return found


@pytest.mark.parametrize("model", ["silo", "shared"])
def test_what_is_due_goes_and_what_is_in_use_stays(committed: None, model: str) -> None:
    found = _old(model)
    ended = _run("--tenant", found.slug)
    assert (ended.code, ended.err) == (0, "")
    entries = _by_class(ended)
    assert list(entries) == [*governed(), "step-log", "ended"]
    assert {e["tenantId"] for e in entries.values()} == {found.slug}
    service = entries["retired-service"]
    assert (service["due"], service["purged"], service["tiered"]) == (1, 1, 0)
    assert service["bytes"] > 0
    history = entries["deployment-history"]
    # The first is named by the service that lives; the newest two are in use.
    assert (history["due"], history["purged"]) == (2, 2)
    assert history["heldBack"] == [{"reason": "state", "count": 3}]
    assert found.count(DEPLOYMENTS) == 3
    assert found.count(STEPS) >= 2
    versions = entries["configuration-version"]
    assert (versions["due"], versions["purged"]) == (2, 2)
    # Those whose rows have just gone; on files there is no tier to go to.
    logs = entries["step-log"]
    assert (logs["due"], logs["purged"], logs["tiered"]) == (2, 2, 0)
    assert found.count(SERVICES) == found.count(POLICIES) == 1
    again = _by_class(_run("--tenant", found.slug))
    assert {e["due"] for e in again.values()} == {0}


def test_after_a_release_everything_goes_and_no_reference_breaks(committed: None) -> None:
    found = _old()
    release(found.tenant.bindings[found.model])
    found.age_all("800 days")
    ended = _run("--tenant", found.slug)
    assert ended.code == 0, ended.err
    for table in (SERVICES, POLICIES, DEPLOYMENTS, STEPS, PRODUCTS, CONFIGURATIONS):
        assert found.count(table) == 0, table


def test_a_dry_run_tells_what_the_run_then_does(committed: None) -> None:
    found = _old()
    release(found.tenant.bindings[found.model])
    found.age_all("800 days")
    told = _run("--tenant", found.slug, "--dry-run")
    assert told.code == 0
    assert told.json["dryRun"] is True
    before = found.count(DEPLOYMENTS)
    assert before == 5
    done = _run("--tenant", found.slug)
    due = [{c: e["due"] for c, e in _by_class(ended).items()} for ended in (told, done)]
    assert due[0] == due[1] == {
        "retired-service": 2, "deployment-history": 5, "configuration-version": 5,
        "health-result": 1, "drift-finding": 1, "step-log": 5, "ended": 0,
    }  # fmt: skip
    assert {e["purged"] for e in _by_class(told).values()} == {0}


def test_a_forecast_tells_of_a_time_to_come_and_only_dryly(committed: None) -> None:
    found = aged()
    found.retire("cart")
    later = (datetime.now(UTC) + timedelta(days=91)).isoformat()
    refused = _run("--tenant", found.slug, "--as-of", later)
    assert refused.code == 1
    assert list(refused.json["fields"]) == ["asOf"]
    told = _run("--tenant", found.slug, "--as-of", later, "--dry-run")
    assert told.code == 0
    assert _by_class(told)["retired-service"]["due"] == 1
    assert told.json["asOf"] == later
    now = _run("--tenant", found.slug, "--dry-run")
    assert _by_class(now)["retired-service"]["due"] == 0
    assert found.count(SERVICES) == 2


def test_as_of_a_time_that_has_been_less_goes(committed: None) -> None:
    found = aged()
    found.retire("cart")
    found.age(SERVICES, "100 days", "retired_at IS NOT NULL")
    before = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    ended = _run("--tenant", found.slug, "--as-of", before)
    assert _by_class(ended)["retired-service"]["due"] == 0
    assert _by_class(_run("--tenant", found.slug))["retired-service"]["purged"] == 1


def test_one_class_alone(committed: None) -> None:
    found = _old()
    ended = _run("--tenant", found.slug, "--data-class", "configuration-version")
    assert list(_by_class(ended)) == ["configuration-version"]
    assert found.count(SERVICES) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--tenant", "nobody-there"), 1),
        (("--data-class", "servises"), 2),
        (("--as-of", "tomorrow"), 2),
        (("--as-of", "2026-01-01T00:00:00"), 2),
        (("--as-of", "2026-02-30T00:00:00Z"), 2),
    ],
)
def test_wrong_usage_is_told_from_a_refusal(
    committed: None, arguments: tuple[str, ...], code: int
) -> None:
    assert manage("run_retention", *arguments).code == code


def test_what_is_held_is_counted_and_stays(world: World, committed: None) -> None:
    found = _old()
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(tenant_id=found.slug, data_classes=["retired-service"], matter="m", reason="r")
    ended = _run("--tenant", found.slug)
    assert ended.code == 0
    service = _by_class(ended)["retired-service"]
    assert (service["due"], service["heldBack"]) == (0, [{"reason": "hold", "count": 1}])
    # The service is there to be read with its policy.
    assert found.count(SERVICES) == found.count(POLICIES) == 2


def test_the_paths_of_step_logs_are_kept_for_the_steward(committed: None) -> None:
    found = _old()
    with connect("owner") as owner:
        paths = rows(
            owner,
            f"SELECT log_path, log_bytes, log_sha256 FROM {found.table(STEPS)} "
            "WHERE deployment_id = ANY (%s) AND log_path <> '' ORDER BY 1",
            [found.deployments[:2]],
        )
    assert len(paths) == 2
    ended = _run("--tenant", found.slug)
    with door.using("steward"), enter_platform(actor=OPERATOR):
        listed = RemovedLog.objects.filter(tenant_id=found.slug).order_by("path")
        assert list(listed.values_list("path", "bytes", "sha256")) == paths
        assert {str(log.run_id) for log in listed} == {ended.json["runId"]}


def test_each_batch_is_in_the_tenants_chain_and_the_run_on_record(committed: None) -> None:
    found = _old()
    ended = _run("--tenant", found.slug)
    with connect("owner") as owner:
        entries = rows(
            owner,
            "SELECT d.value::jsonb ->> 'dataClass', (d.value::jsonb ->> 'count')::int, "
            "length(d.value::jsonb ->> 'digest') FROM public.core_auditentry e "
            "JOIN public.core_auditdetail d ON (d.tenant_id, d.entry_id) = (e.tenant_id, e.id) "
            "WHERE e.tenant_id = %s AND action = 'retention.purged' AND object_id = %s "
            "AND d.kind = 'after' ORDER BY number",
            [found.slug, ended.json["runId"]],
        )
        record = rows(
            owner, "SELECT status, ended_at IS NOT NULL, only_tenant, policy_versions, "
            "cutoff < now() FROM retention_retentionrun r JOIN retention_retentionentry e "
            "ON e.run_id = r.id WHERE r.id = %s AND data_class = 'retired-service'",
            [ended.json["runId"]],
        )  # fmt: skip
    assert entries == [
        ("retired-service", 1, 64), ("deployment-history", 2, 64), ("configuration-version", 2, 64),
        ("health-result", 1, 64),
    ]  # fmt: skip
    assert record == [("Completed", True, found.slug, {"platform": record[0][3]["platform"]}, True)]


def test_begin_and_end_of_a_run_stand_in_the_platforms_chain(committed: None) -> None:
    found = aged()
    told = [_run("--tenant", found.slug, *more).json["runId"] for more in ((), ("--dry-run",))]
    with connect("owner") as owner:
        for run_id in told:
            entries = rows(
                owner,
                "SELECT action FROM public.core_auditentry WHERE tenant_id = 'platform' "
                "AND object_id = %s ORDER BY number",
                [run_id],
            )
            assert entries == [("retention_run.started",), ("retention_run.completed",)]


def test_due_and_none_gone_is_no_success(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _old()
    monkeypatch.setattr(batches, "take", lambda *args, **more: Gone())
    ended = _run("--tenant", found.slug)
    assert ended.code == 1
    assert f"{found.slug} retired-service: 1 of 1 rows stayed." in ended.err
    assert _by_class(ended)["retired-service"]["due"] == 1
    with connect("owner") as owner:
        (status,) = rows(
            owner, "SELECT status FROM retention_retentionrun WHERE id = %s", [ended.json["runId"]]
        )[0]
    assert status == "FoundWanting"
    assert found.count(SERVICES) == 2


@pytest.mark.parametrize("step", ["before the plan", "after the plan"])
def test_a_partition_that_fails_does_not_keep_the_others(
    committed: None, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    broken, sound = sorted((_old(), _old()), key=lambda found: found.slug)
    table = f'"{broken.schema}".{SERVICES}'
    if step == "before the plan":
        as_owner(f"ALTER TABLE {table} RENAME TO gone_astray")
    else:
        real = batches._delete

        def breaks(work: Any, going: Any) -> None:
            if work.schema == broken.schema and work.data_class == "retired-service":
                run_sql("SELECT 1 / 0", [])
            real(work, going)

        monkeypatch.setattr(batches, "_delete", breaks)
    try:
        ended = _run()
    finally:
        if step == "before the plan":
            as_owner(f'ALTER TABLE "{broken.schema}".gone_astray RENAME TO {SERVICES}')
    assert ended.code == 1
    told = {
        (entry["tenantId"], entry["dataClass"]): entry["failed"] for entry in ended.json["entries"]
    }
    assert told[(broken.slug, "retired-service")]
    assert told[(broken.slug, "drift-finding")] == ""
    assert not any(why for (slug, _), why in told.items() if slug == sound.slug)
    assert sound.count(SERVICES) == 1
    monkeypatch.undo()
    assert _run("--tenant", broken.slug).code == 0
    assert broken.count(SERVICES) == 1


def test_a_row_that_somebody_works_with_is_left_behind_alone(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(batches, "MOST_TRIES", 2)
    found = _many(150)
    with connect("owner") as owner:
        rows(
            owner,
            f"SELECT id FROM {found.table(SERVICES)} WHERE tenant_id = %s AND module_id = 'm77' "
            "FOR UPDATE",
            [found.slug],
        )
        ended = _run("--tenant", found.slug, "--data-class", "retired-service")
        owner.rollback()
    assert ended.code == 1
    assert "somebody works with it" in ended.err
    entry = _by_class(ended)["retired-service"]
    assert (entry["due"], entry["purged"]) == (150, 149)
    # It, and the two that are not due.
    assert found.count(SERVICES) == found.count(POLICIES) == 3
    assert _run("--tenant", found.slug).code == 0
    assert found.count(SERVICES) == 2


def test_two_never_run_at_once(committed: None) -> None:
    with connect("steward", autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(app.retention_lock('a run'))")
        ended = manage("run_retention", "--tenant", "acme")
        assert (ended.code, ended.err) == (1, "Another run is at work.\n")
        assert manage("run_retention", "--tenant", "acme", "--dry-run").code == 0
        other.execute("SELECT pg_advisory_unlock_all()")
    assert manage("run_retention", "--tenant", "acme").code == 0


def test_a_run_that_is_killed_is_taken_up_by_the_next(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _many(300)

    class Killed(BaseException):
        pass

    real, calls = batches._batch, iter(range(9))

    def batch(work: Any) -> bool:
        if next(calls) == 1:
            raise Killed
        return real(work)

    monkeypatch.setattr(batches, "_batch", batch)
    with pytest.raises(Killed), door.using("steward"):
        run_retention(Wanted(found.slug), actor=WORKER)
    left = found.count(SERVICES)
    assert 0 < left - 1 < 300
    monkeypatch.undo()
    with door.using("steward"):
        ran = run_retention(Wanted(found.slug), actor=WORKER)
        with enter_platform(actor=WORKER):
            statuses = list(
                RetentionRun.objects.filter(only_tenant=found.slug).values_list("status", flat=True)
            )
    assert statuses == ["Completed", "Interrupted"]
    assert ran.entries[0].purged == left - 1 - found.live


def test_the_process_ends_with_the_codes_of_the_command(committed: None) -> None:
    found = _old()
    ended = manage_process("run_retention", "--tenant", found.slug, "--format", "json")
    assert ended.code == 0, ended.err
    assert _by_class(ended)["retired-service"]["purged"] == 1


def test_a_clock_that_is_not_to_be_trusted_stops_it(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(minutes=6)

    monkeypatch.setattr(runs, "datetime", Ahead)
    with pytest.raises(Refused, match="5 minutes"), door.using("steward"):
        run_retention(Wanted("acme"), actor=WORKER)


def test_an_entry_from_the_future_stops_it(committed: None) -> None:
    aged()  # the newest entries are about it
    newest = "(SELECT max(id::text)::uuid FROM core_auditentry)"
    move = f"UPDATE core_auditentry SET at = at {{}} interval '1 day' WHERE id = {newest}"
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute(move.format("+").encode())
    try:
        with pytest.raises(Refused, match="behind"), door.using("steward"):
            run_retention(Wanted("acme"), actor=WORKER)
    finally:
        with connect("owner") as owner:
            owner.execute("SET LOCAL app.moves_clocks = 'on'")
            owner.execute(move.format("-").encode())


class Many(Aged):
    live = 0


def _many(count: int, model: str = "pool") -> Many:
    """That many retired services beside the two, all of them due."""
    made = aged(model)
    found = Many(made.tenant, made.model)
    found.live = 1
    found.retire("cart")
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute("SET LOCAL app.clock = '2020-01-01Z'")
        columns = (
            "tenant_id, environment_id, component_type, image, version, compute_target, replicas, "
            "endpoint_url, deployment_id"
        )
        owner.execute(
            f"WITH made AS (INSERT INTO {found.table(SERVICES)} (id, module_id, status, "
            f"retired_at, {columns}) SELECT gen_random_uuid(), 'm' || n, 'Retired', "
            f"'2020-01-01Z', {columns} FROM {found.table(SERVICES)}, generate_series(1, {count}) n "
            f"WHERE tenant_id = '{found.slug}' AND module_id = 'cart' "
            "RETURNING tenant_id, environment_id, id) "
            f"INSERT INTO {found.table(POLICIES)} (id, tenant_id, environment_id, service_id, "
            "metric, min_replicas, max_replicas, target_utilization_percent) SELECT "
            "gen_random_uuid(), tenant_id, environment_id, id, 'cpu', 1, 1, 80 FROM made".encode()
        )
        owner.execute(f"ANALYZE {found.table(SERVICES)}".encode())
    return found


@pytest.mark.attacks("a hold binds at once")
def test_one_delete_of_everything_does_not_outrun_a_hold_either(
    world: World, committed: None
) -> None:
    """The statement begins first; it waits for the lock, and then it looks anew."""
    found = _many(50)
    ids = ",".join(str(i) for i in found.ids(SERVICES))
    with connect("steward") as steward, ThreadPoolExecutor(1) as pool:
        stand(steward, found.slug)
        steward.execute(f"SET LOCAL app.purging = '{{{ids}}}'".encode())
        delete = f"DELETE FROM {found.table(POLICIES)}".encode()
        with on_platform(world, Role.GOVERNANCE_OFFICER):
            place_hold(
                tenant_id=found.slug, data_classes=["retired-service"], matter="m", reason="r"
            )
            deleting = meanwhile(pool, lambda: steward.execute(delete).rowcount)
            until_somebody_waits()
        assert deleting.result() == 0
        steward.commit()
    assert found.count(POLICIES) == 52


def test_nobody_without_the_right_runs_it(world: World, committed: None) -> None:
    for role in (Role.PLATFORM_ADMIN, Role.PLATFORM_VIEWER):
        with pytest.raises(Forbidden), door.using("steward"):
            run_retention(Wanted("acme"), actor=person_actor(world.platform[role]))


def test_a_tenant_reads_its_own_entries_and_no_run(world: World, committed: None) -> None:
    for tenant in ("acme", "globex"):
        assert manage("run_retention", "--tenant", tenant, "--dry-run").code == 0
    with enter_tenant("acme", actor=person_actor(world.acme.people[Role.TENANT_AUDITOR])):
        assert set(RetentionEntry.objects.values_list("tenant_id", flat=True)) == {"acme"}
        assert not RetentionRun.objects.exists()


def test_the_steward_may_not_rewrite_what_a_run_did(committed: None) -> None:
    found = _old()
    ended = _run("--tenant", found.slug)
    with connect("steward") as steward:
        stand(steward, found.slug)
        for change in (
            "UPDATE retention_retentionentry SET purged = 0",
            "UPDATE retention_retentionentry SET cutoff = now()",
            "UPDATE retention_retentionrun SET status = 'Running'",
            "DELETE FROM retention_retentionentry",
            "DELETE FROM retention_removedlog",
            "UPDATE retention_removedlog SET path = 'x'",
        ):
            with pytest.raises(psycopg.Error), steward.transaction():
                steward.execute(
                    f"{change} WHERE run_id = %s".encode()
                    if "entry" in change or "log" in change
                    else f"{change} WHERE id = %s".encode(),
                    [ended.json["runId"]],
                )
