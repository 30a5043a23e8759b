"""Each row that goes is a leaf of exactly one certificate, whatever ends the run."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from apps.core import door
from apps.core.access import Actor, Role
from apps.core.ids import uuid7
from apps.core.walls.classes import governed
from apps.retention import certificates, purge
from apps.retention.operations import place_hold
from apps.retention.runs import Wanted, run_retention
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.core.threads import meanwhile, until_somebody_waits
from tests.isolation.logins import Connection, connect, refused, rows, stand
from tests.isolation.tenants import make_environment, make_tenant
from tests.retention.ages import SERVICES, Aged
from tests.retention.certificates import CLASSES, bodies, digests, leaves, old, run
from tests.retention.test_run_retention import _many
from tests.world import World

WORKER = Actor("worker", label="runtime-inventory-worker")


class Killed(BaseException):
    pass


@pytest.mark.parametrize("model", ["silo", "shared"])
def test_what_went_is_what_the_certificate_covers(committed: None, model: str) -> None:
    found = old(model)
    before = digests(found)
    run_id = run(found)
    gone = before - digests(found)
    assert len(gone) == 6
    covered = leaves(found, run_id)
    assert sorted(leaf for leaf in covered if leaf[0] != "step-log") == sorted(gone)
    with connect("owner") as owner:
        blobs = rows(
            owner,
            "SELECT 'step-log', id FROM retention_removedlog WHERE tenant_id = %s "
            "AND gone_at IS NOT NULL",
            [found.slug],
        )
    assert sorted(leaf[:2] for leaf in covered if leaf[0] == "step-log") == sorted(blobs) != []
    (body,) = bodies(found)
    assert body["run"]["runId"] == run_id
    assert body["leaves"]["count"] == 8
    assert {one["dataClass"]: one["purged"] for one in body["classes"]} == {
        **{name: sum(1 for data_class, *_ in gone if data_class == name) for name in governed()},
        "step-log": 2,
        "ended": 0,
    }


def test_it_says_under_which_policies_holds_and_exceptions(world: World, committed: None) -> None:
    found = old()
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(
            tenant_id=found.slug, data_classes=["health-result"], matter="secret", reason="court"
        )
    run(found)
    (body,) = bodies(found)
    (hold,) = body["holds"]
    assert (hold["number"], hold["dataClasses"], hold["status"]) == (1, ["health-result"], "Placed")
    assert "secret" not in str(body)
    of_class = {one["dataClass"]: one for one in body["classes"]}
    assert of_class["health-result"]["heldBack"] == [{"reason": "hold", "count": 1}]
    assert of_class["retired-service"]["policyVersions"] == {"platform": 1}
    assert of_class["retired-service"]["cutoff"].endswith("Z")
    assert body["exceptions"] == []


def test_it_is_chained_to_the_tenants_audit_in_both_directions(committed: None) -> None:
    found = old()
    run(found)
    (body,) = bodies(found)
    with connect("owner") as owner:
        before, after = rows(
            owner,
            "SELECT hash, action, object_id, previous_hash FROM core_auditentry "
            "WHERE tenant_id = %s AND number BETWEEN %s AND %s + 1 ORDER BY number",
            [found.slug, body["audit"]["number"], body["audit"]["number"]],
        )
    assert before[0] == body["audit"]["hash"] == after[3]
    assert after[1:3] == ("retention.certified", body["certificateId"])
    assert manage("verify_audit", "--tenant", found.slug).code == 0


def test_where_nothing_went_that_is_certified_too(committed: None) -> None:
    found = old()
    run(found)
    run(found)
    first, second = bodies(found)
    assert (first["leaves"]["count"], second["leaves"]["count"]) == (8, 0)


def test_a_dry_run_certifies_nothing(committed: None) -> None:
    found = old()
    assert manage("run_retention", "--tenant", found.slug, "--dry-run").code == 0
    assert bodies(found) == leaves(found) == []


def test_nothing_goes_that_could_not_be_certified(committed: None, settings: Any) -> None:
    found = old()
    settings.CERTIFICATE_SIGNING_KEY = ""
    ended = manage("run_retention", "--tenant", found.slug)
    assert ended.code == 1
    assert "CERTIFICATE_SIGNING_KEY is missing" in ended.err
    assert found.count(SERVICES) == 2
    assert manage("run_retention", "--tenant", found.slug, "--dry-run").code == 0


@pytest.mark.parametrize("at", ["before the certificate", "between batches", "within a batch"])
@pytest.mark.attacks("certified once")
def test_a_run_that_ends_anywhere_and_is_taken_up_covers_each_row_once(
    committed: None, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    found = _many(299)
    before = digests(found)

    def dies(*args: Any, **more: Any) -> None:
        raise Killed

    if at == "before the certificate":
        monkeypatch.setattr("apps.retention.runs.certify", dies)
    elif at == "within a batch":  # after the DELETE, before the commit
        monkeypatch.setattr(purge, "audit", SimpleNamespace(record=dies))
    else:
        real, calls = purge._batch, iter(range(9))
        monkeypatch.setattr(
            purge, "_batch", lambda work: dies() if next(calls) == 2 else real(work)
        )
    with pytest.raises(Killed), door.using("steward"):
        run_retention(Wanted(found.slug), actor=WORKER)
    connections["steward"].close()
    monkeypatch.undo()
    gone = before - digests(found)
    assert sorted(leaves(found)) == sorted(gone)
    assert bodies(found) == []
    run(found)
    gone = before - digests(found)
    assert len(gone) == 299
    covered = leaves(found)
    assert sorted(covered) == sorted(gone)
    killed, second = bodies(found)
    assert (killed["run"]["interrupted"], second["run"]["interrupted"]) == (True, False)
    of_each = [set(leaves(found, body["run"]["runId"])) for body in (killed, second)]
    assert not of_each[0] & of_each[1]
    assert [body["leaves"]["count"] for body in (killed, second)] == [len(s) for s in of_each]


@pytest.mark.attacks("certified once")
def test_kill_9_in_mid_run_leaves_no_row_uncovered(committed: None) -> None:
    found = _many(3_000)
    before = digests(found)
    environment = dict(os.environ)
    for alias, name in (
        ("default", "DATABASE_URL"),
        ("owner", "DATABASE_OWNER_URL"),
        ("steward", "DATABASE_STEWARD_URL"),
    ):
        database = connections[alias].settings_dict["NAME"]
        parts = urlsplit(environment[name])
        environment[name] = urlunsplit(parts._replace(path=f"/{database}"))
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_retention", "--tenant", found.slug],
        cwd=settings.BASE_DIR, env=environment,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while found.count(SERVICES) > 2_900 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    # Whatever the server was still at comes to its end.
    with connect("steward", autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(app.retention_lock('a run'))")
    gone = before - digests(found)
    assert 0 < len(gone) < 3_001
    assert sorted(leaves(found)) == sorted(gone)
    run(found)
    gone = before - digests(found)
    assert sorted(leaves(found)) == sorted(gone)
    killed, second = bodies(found)
    assert killed["run"]["interrupted"] is True
    assert killed["leaves"]["count"] + second["leaves"]["count"] == len(gone)


def test_leaves_that_do_not_make_up_what_was_counted_are_never_signed(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = old()
    monkeypatch.setattr("apps.retention.runs.certify", lambda *args, **more: None)
    with pytest.raises(psycopg.Error) as caught, door.using("steward"):
        try:
            run_retention(Wanted(found.slug), actor=WORKER)
        except Exception as error:
            raise error.__cause__ or error from None
    assert "a run ends when it is certified" in str(caught.value)
    connections["steward"].close()
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute(
            "DELETE FROM retention_disposedrow WHERE tenant_id = %s AND data_class = %s",
            [found.slug, "retired-service"],
        )
    monkeypatch.undo()
    with pytest.raises(RuntimeError, match="other rows"), door.using("steward"):
        run_retention(Wanted(found.slug), actor=WORKER)
    connections["steward"].close()
    assert bodies(found) == []
    _restore(found)


def _restore(found: Aged) -> None:
    """So that the next run of this database has nothing that it cannot certify."""
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute(
            "UPDATE retention_retentionentry SET tenant_id = tenant_id, run_id = gen_random_uuid() "
            "WHERE tenant_id = %s",
            [found.slug],
        )


def test_a_batch_that_is_under_way_is_certified_with_what_it_did(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = old()

    def dies(*args: Any, **more: Any) -> None:
        raise Killed

    monkeypatch.setattr("apps.retention.runs.certify", dies)
    with pytest.raises(Killed), door.using("steward"):
        run_retention(Wanted(found.slug), actor=WORKER)
    connections["steward"].close()
    monkeypatch.undo()
    with connect("steward") as steward, ThreadPoolExecutor(1) as pool:
        ((run_id,),) = rows(
            steward,
            "SELECT id FROM retention_retentionrun WHERE only_tenant = %s AND status = 'Running'",
            [found.slug],
        )
        stand(steward, found.slug)
        steward.execute(LEAF.encode(), [found.slug, uuid7(), run_id, HASH])
        steward.execute(
            b"UPDATE retention_retentionentry SET purged = purged + 1 WHERE tenant_id = %s "
            b"AND run_id = %s AND data_class = 'retired-service'",
            [found.slug, run_id],
        )
        taking_up = meanwhile(pool, lambda: run(found))
        until_somebody_waits()
        steward.commit()
        taking_up.result()
    first, _ = bodies(found)
    assert first["run"]["runId"] == str(run_id)
    assert first["leaves"]["count"] == 9


LEAF = (
    "INSERT INTO retention_disposedrow (tenant_id, data_class, row_id, run_id, digest) "
    "VALUES (%s, 'retired-service', %s, %s, %s)"
)
CERTIFICATE = (
    "INSERT INTO retention_certificate (id, tenant_id, run_id, leaf_count, root, body, signature) "
    "VALUES (gen_random_uuid(), %s, %s, %s, %s, '{}', %s)"
)
HASH, SIGNATURE = "a" * 64, "b" * 128


@pytest.fixture
def certified(committed: None) -> tuple[Aged, str]:
    found = old()
    return found, run(found)


@pytest.mark.attacks("certified once")
def test_a_certified_run_takes_no_leaf_and_no_row_has_two(certified: tuple[Aged, str]) -> None:
    found, run_id = certified
    (_, row_id, digest), *_ = [leaf for leaf in leaves(found) if leaf[0] == "retired-service"]
    with connect("steward") as steward:
        stand(steward, found.slug)
        assert "not certified yet" in str(
            refused(steward, LEAF, [found.slug, uuid7(), run_id, HASH])
        )
        # Of a run that is none, of a dry one.
        for other in (uuid7(), _running(found, dry_run=True)):
            assert refused(steward, LEAF, [found.slug, uuid7(), other, HASH]).sqlstate == "RP409"
        running = _running(found)
        again = refused(steward, LEAF, [found.slug, row_id, running, digest])
        assert again.sqlstate == "23505"
        steward.execute(LEAF.encode(), [found.slug, uuid7(), running, HASH])
        steward.rollback()
    _end(running)


def _running(found: Aged, *, dry_run: bool = False) -> Any:
    run_id = uuid7()
    with connect("owner") as owner:
        owner.execute(
            "INSERT INTO retention_retentionrun (id, tenant_id, as_of, dry_run, only_tenant, "
            "only_class, started_by_kind, started_by_label, status, note) "
            "VALUES (%s, 'platform', now(), %s, '', '', 'worker', '', 'Running', '')",
            [run_id, dry_run],
        )
    return run_id


def _end(run_id: Any) -> None:
    with connect("owner") as owner:
        owner.execute(
            "UPDATE retention_retentionrun SET status = 'Interrupted' WHERE id = %s", [run_id]
        )


@pytest.mark.attacks("certificate_once")
@pytest.mark.attacks("certificate_whole")
@pytest.mark.attacks("disposed_row_digest")
@pytest.mark.attacks("retention_certificate.tenant_id exists")
@pytest.mark.attacks("retention_disposedrow.tenant_id exists")
def test_the_database_refuses_what_is_no_certificate_and_no_leaf(
    certified: tuple[Aged, str],
) -> None:
    found, run_id = certified
    with connect("owner") as owner:

        def state(statement: str, *values: Any) -> str | None:
            return refused(owner, statement, list(values)).sqlstate

        assert state(CERTIFICATE, found.slug, run_id, 0, HASH, SIGNATURE) == "23505"
        assert state(CERTIFICATE, "nobody", uuid7(), 0, HASH, SIGNATURE) == "23503"
        for count, root, signature in (
            (-1, HASH, SIGNATURE), (0, "A" * 64, SIGNATURE), (0, HASH, "b" * 127),
        ):  # fmt: skip
            assert state(CERTIFICATE, found.slug, uuid7(), count, root, signature) == "23514"
        assert state(LEAF, found.slug, uuid7(), run_id, "A" * 64) == "23514"
        assert state(LEAF, "nobody", uuid7(), run_id, HASH) == "23503"


CHANGES = (
    "UPDATE retention_certificate SET body = '{}'",
    "UPDATE retention_certificate SET signature = repeat('c', 128)",
    "UPDATE retention_certificate SET issued_at = now() - interval '1 day'",
    "DELETE FROM retention_certificate",
    "UPDATE retention_disposedrow SET digest = repeat('c', 64)",
    "UPDATE retention_disposedrow SET run_id = gen_random_uuid()",
    "UPDATE retention_disposedrow SET purged_at = now() - interval '1 day'",
    "DELETE FROM retention_disposedrow",
)


@pytest.mark.attacks("retention_certificate: *")
@pytest.mark.attacks("retention_disposedrow: *")
@pytest.mark.parametrize("login", ["default", "steward", "owner"])
def test_nobody_changes_or_deletes_what_is_certified(
    certified: tuple[Aged, str], login: str
) -> None:
    found, run_id = certified
    with connect(login) as connection:
        stand(connection, found.slug)
        for change in (*CHANGES, "UPDATE retention_retentionentry SET purged = purged + 1"):
            error = refused(connection, f"{change} WHERE run_id = %s", [run_id])
            assert error.sqlstate == ("RP422" if login == "owner" or ("entry" in change
                                      and login == "steward") else "42501"), change  # fmt: skip


def test_the_runtime_login_reads_its_own_tenants_and_writes_none(
    certified: tuple[Aged, str], world: World
) -> None:
    found, run_id = certified
    other = old()
    run(other)
    with connect() as psql:
        stand(psql, found.slug)
        for statement, values in (
            (LEAF, [found.slug, uuid7(), run_id, HASH]),
            (CERTIFICATE, [found.slug, uuid7(), 0, HASH, SIGNATURE]),
        ):
            assert refused(psql, statement, values).sqlstate == "42501"
        assert _tenants(psql) == {found.slug}
        psql.execute("SET LOCAL app.tenant_id = ''")
        assert _tenants(psql) == set()


def _tenants(psql: Connection) -> set[str]:
    return {
        tenant
        for table in ("retention_certificate", "retention_disposedrow")
        for (tenant,) in rows(psql, f"SELECT tenant_id FROM {table}")
    }


def test_the_steward_certifies_for_nobody_but_the_tenant_entered(
    certified: tuple[Aged, str],
) -> None:
    found, _ = certified
    other = make_tenant("other", {"pool": make_environment("pool")})
    running = _running(found)
    with connect("steward") as steward:
        stand(steward, found.slug)
        for statement, values in (
            (LEAF, [other.slug, uuid7(), running, HASH]),
            (CERTIFICATE, [other.slug, running, 0, HASH, SIGNATURE]),
        ):
            assert refused(steward, statement, values).sqlstate == "42501"
    _end(running)


def test_every_leaf_has_a_proof_and_no_other_row_one(
    certified: tuple[Aged, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, run_id = certified
    monkeypatch.setattr(certificates, "AT_ONCE", 2)  # pages of leaves that end in mid-class
    indexes = []
    for _, row_id, _ in leaves(found):
        ended = manage(
            "export_certificate", "--tenant", found.slug, "--run", run_id, "--row", row_id
        )
        indexes.append(ended.json["index"])
    assert sorted(indexes) == list(range(8))
    (kept, *_) = found.ids(SERVICES)
    ended = manage("export_certificate", "--tenant", found.slug, "--run", run_id, "--row", kept)
    assert (ended.code, ended.out) == (1, "")


def test_another_tenants_certificate_is_not_there(certified: tuple[Aged, str]) -> None:
    _, run_id = certified
    other = old()
    run(other)
    ended = manage("export_certificate", "--tenant", other.slug, "--run", run_id)
    assert (ended.code, ended.out) == (1, "")


def test_every_class_of_rows_can_be_a_leaf() -> None:
    assert set(CLASSES.values()) == set(governed())
