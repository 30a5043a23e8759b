"""Ways to have a day dropped that is not due, or half, or unproved; by every login."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.core.walls import day_drops
from apps.core.walls.days import part_of
from apps.retention import days as by_days
from apps.retention.operations import place_hold, set_retention
from tests.core.doors import on_platform
from tests.core.threads import meanwhile, until_somebody_waits
from tests.isolation.logins import Connection, connect, outcome, refused, rows, stand, superuser
from tests.quotas.limited import counted as counted_of_quota
from tests.retention.ages import HEALTH, USAGE, Aged, aged
from tests.retention.attempts import A_DAY
from tests.retention.certificates import bodies, leaves
from tests.retention.processes import begin_run
from tests.retention.whole_days import (
    a_day,
    drop,
    due_at,
    fill,
    fill_by_thousands,
    insert,
    left,
    make_part,
    part,
    proved,
    run_all,
    run_beside,
    running,
    stands,
)
from tests.world import World

_made: dict[str, Aged] = {}
DAY = (
    "INSERT INTO retention_disposedday (id, tenant_id, run_id, data_class, data_partition, day, "
    "environment_id, row_count, bytes) VALUES (gen_random_uuid(), %s, %s, 'health-result', %s, "
    "%s, gen_random_uuid(), %s, %s)"
)


def _one() -> Aged:
    if "one" not in _made:
        _made["one"] = aged("shared")
    return _made["one"]


@pytest.fixture
def day(committed: None) -> date:
    """A day that is due, with three rows of `_one()`."""
    found = a_day()
    make_part("shared", found)
    fill(_one(), found, 3)
    return found


# By whom.


@pytest.mark.attacks("days go whole")
@pytest.mark.parametrize("login", ["default", "steward"])
def test_neither_runtime_nor_steward_drops_or_empties_a_day_that_is_due(
    day: date, login: str
) -> None:
    found = _one()
    target, table = part(found, day), found.table(HEALTH)
    with connect(login) as attacker, running() as run_id:
        stand(attacker, found.slug)
        for way in (
            *A_DAY,
            "ALTER TABLE {h} DETACH PARTITION {day} FINALIZE",
            "ALTER TABLE {h} ATTACH PARTITION {day} DEFAULT",
            "ALTER TABLE {day} OWNER TO CURRENT_USER",
            "LOCK TABLE {day} IN SHARE MODE",
        ):
            error = refused(attacker, way.format(day=target, h=table))
            assert error.sqlstate in ("42501", "42704"), way
        for call in (
            "app.prove_day('shared', %s, %s)", "app.drop_day('shared', %s, %s, 1024)",
        ):  # fmt: skip
            assert refused(attacker, f"SELECT {call}", [day, run_id]).sqlstate == "42501"
        assert refused(attacker, "SELECT app.proved_day('shared', %s)", [day]).sqlstate == "42501"
    assert (stands("shared", day), left(found, day)) == (True, 3)


def test_whoever_does_not_see_every_row_proves_nothing(day: date) -> None:
    """Not even a superuser, who does: it is the owner's, in the open."""
    with superuser() as anybody, running() as run_id:
        error = refused(anybody, "SELECT app.prove_day('shared', %s, %s)", [day, run_id])
        assert error.sqlstate == "RP409"
    with connect("owner") as owner, running() as run_id:
        owner.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        error = refused(owner, "SELECT app.prove_day('shared', %s, %s)", [day, run_id])
        assert error.sqlstate == "RP409"
    assert stands("shared", day)


# What is dropped.


@pytest.mark.attacks("days go whole")
def test_nothing_is_dropped_that_was_not_proved_and_counted_in_the_same_transaction(
    day: date,
) -> None:
    with running() as run_id, running() as other, connect("owner") as owner:
        call = "SELECT app.drop_day('shared', %s, %s, 1024)"
        assert refused(owner, call, [day, run_id]).sqlstate == "RP409"
        assert proved(owner, "shared", day, run_id)
        assert refused(owner, call, [day, other]).sqlstate == "RP409"
        # What has been counted stands for nothing once it is committed and the day is there.
        with pytest.raises(psycopg.Error) as caught:
            owner.commit()
        assert caught.value.sqlstate == "RP409"
    assert stands("shared", day)
    with connect("owner") as owner:
        found = rows(owner, "SELECT count(*) FROM retention_disposedday WHERE day = %s", [day])
    assert found == [(0,)]


@pytest.mark.attacks("days go whole")
def test_a_day_that_goes_without_its_runs_record_does_not_go(day: date) -> None:
    with running() as run_id, connect("owner") as owner:
        assert proved(owner, "shared", day, run_id)
        drop(owner, "shared", day, run_id)
        with pytest.raises(psycopg.Error) as caught:
            owner.commit()
        assert caught.value.sqlstate == "RP409"
    assert left(_one(), day) == 3


def test_it_is_one_day_of_that_table_or_nothing(day: date) -> None:
    """Neither the rest, nor two days in one, nor a part by another name of another day."""
    found = _one()
    after, wide = a_day(), a_day()
    a_day()
    with connect("owner") as owner, running() as run_id:
        two = f'shared."{part_of(HEALTH, wide)}"'
        owner.execute(f"CREATE TABLE {two} (LIKE {found.table(HEALTH)} INCLUDING ALL)".encode())
        owner.execute(
            f"ALTER TABLE {found.table(HEALTH)} ATTACH PARTITION {two} FOR VALUES "
            f"FROM ('{wide} 00:00+00') TO ('{wide + timedelta(days=2)} 00:00+00')".encode()
        )
        for none in (wide, after, date(2999, 1, 1)):
            assert not proved(owner, "shared", none, run_id)
        for place in ("public", "nowhere", 'x"; DROP TABLE y; --'):
            assert not proved(owner, place, day, run_id)
        owner.execute(
            f"ALTER TABLE {found.table(HEALTH)} DETACH PARTITION {part(found, day)}".encode()
        )
        assert not proved(owner, "shared", day, run_id)
        owner.rollback()
    assert stands("shared", day)


def test_a_class_without_a_policy_keeps_it(day: date) -> None:
    with connect("owner") as owner, running() as run_id:
        with owner.transaction(force_rollback=True):
            owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
            owner.execute(
                b"DELETE FROM retention_retentionpolicy WHERE data_class = 'health-result'"
            )
            assert not proved(owner, "shared", day, run_id)
        assert proved(owner, "shared", day, run_id)
        owner.rollback()


@pytest.mark.parametrize("setting", ["2999-01-01Z", "infinity"])
def test_no_setting_makes_a_day_due_that_is_not(committed: None, setting: str) -> None:
    with connect("owner") as owner, running() as run_id:
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
        owner.execute(f"SET LOCAL app.as_of = '{setting}'".encode())
        assert rows(owner, "SELECT app.day_part('shared', %s) IS NULL", [yesterday]) == [(False,)]
        assert not proved(owner, "shared", yesterday, run_id)
        owner.rollback()


def test_by_the_microsecond(day: date) -> None:
    with connect("owner") as owner, running() as run_id:
        for later, goes in ((0, False), (1, True)):
            moment = due_at(day) + timedelta(microseconds=later)
            owner.execute(f"SET LOCAL app.as_of = '{moment.isoformat()}'".encode())
            assert proved(owner, "shared", day, run_id) is goes
        owner.rollback()


def test_what_many_have_is_counted_as_exactly(day: date) -> None:
    """Of more tenants and environments than are counted one by one."""
    other = aged("shared")
    fill(other, day, 4)
    few = f"<= {day_drops._FEW}"
    with connect("owner") as owner, running() as run_id:
        found = []
        for limit in (few, "<= 1"):
            for function in day_drops.DAY_FUNCTIONS:
                owner.execute(function.format().replace(few, limit).encode())
            assert proved(owner, "shared", day, run_id)
            found.append(
                rows(
                    owner,
                    "SELECT tenant_id, row_count, bytes > 0 FROM retention_disposedday "
                    "WHERE run_id = %s ORDER BY 1",
                    [run_id],
                )
            )
            owner.rollback()
    assert found[0] == found[1] == sorted([(_one().slug, 3, True), (other.slug, 4, True)])


# Meanwhile.


def _go(day: date, run_id: Any) -> bool:
    """As the owner, to where it would be dropped."""
    with connect("owner") as owner:
        found = proved(owner, "shared", day, run_id)
        owner.rollback()
    return found


@pytest.mark.attacks("days go whole")
@pytest.mark.parametrize("what", ["hold", "window"])
def test_what_is_committed_while_it_waits_keeps_it(world: World, day: date, what: str) -> None:
    second = aged("shared")
    fill(second, day, 1)
    with ThreadPoolExecutor(1) as pool, running() as run_id:
        with on_platform(world, Role.GOVERNANCE_OFFICER):
            if what == "hold":
                place_hold(
                    tenant_id=second.slug, data_classes=["health-result"], matter="m", reason="r"
                )
            else:
                set_retention(
                    data_class="health-result", days=36_000, reason="r", tenant_id=second.slug
                )
            waiting = meanwhile(pool, lambda: _go(day, run_id))
            until_somebody_waits()
        assert waiting.result() is False


@pytest.mark.parametrize("name", ["platform", ""])
def test_it_waits_for_whoever_sets_windows_for_all_or_for_any_of_its_tenants(
    day: date, name: str
) -> None:
    second = aged("shared")
    fill(second, day, 1)
    with ThreadPoolExecutor(1) as pool, running() as run_id, connect("owner") as officer:
        lock = "SELECT pg_advisory_xact_lock(app.retention_lock(%s))"
        rows(officer, lock, [name or second.slug])
        waiting = meanwhile(pool, lambda: _go(day, run_id))
        until_somebody_waits()
        officer.rollback()
        assert waiting.result() is True


@pytest.mark.attacks("days go whole")
def test_while_it_is_proved_no_hold_comes_that_it_does_not_see(world: World, day: date) -> None:
    found = _one()
    with ThreadPoolExecutor(1) as pool, running() as run_id, connect("owner") as owner:
        assert proved(owner, "shared", day, run_id)

        def hold() -> Any:
            with on_platform(world, Role.GOVERNANCE_OFFICER):
                return place_hold(
                    tenant_id=found.slug, data_classes=["drift-finding"], matter="m", reason="r"
                )

        placing = meanwhile(pool, hold)
        until_somebody_waits()
        assert not placing.done()
        owner.rollback()
        assert placing.result().number


@pytest.mark.attacks("days go whole")
def test_a_row_that_comes_meanwhile_is_waited_for_and_seen(day: date) -> None:
    with ThreadPoolExecutor(1) as pool, running() as run_id:
        with connect("owner") as writer:
            insert(writer, _one(), day, environment=uuid7())
            waiting = meanwhile(pool, lambda: _go(day, run_id))
            until_somebody_waits()
            writer.commit()
        assert waiting.result() is False


@pytest.mark.attacks("days go whole")
def test_nobody_writes_into_a_day_that_was_proved_and_all_others_go_on(day: date) -> None:
    found = _one()
    now = datetime.now(UTC).date()
    with running() as run_id, connect("owner") as owner, connect("owner") as writer:
        assert proved(owner, "shared", day, run_id)
        writer.execute(b"SET LOCAL lock_timeout = '50ms'")
        insert(writer, found, now)
        assert rows(writer, f"SELECT count(*) FROM {found.table(HEALTH)}") != [(0,)]
        with pytest.raises(psycopg.Error) as caught:
            insert(writer, found, day)
        assert caught.value.sqlstate == "55P03"
        writer.rollback()
        owner.rollback()


def test_who_reads_for_long_keeps_the_day_and_nobody_queues_behind_it(
    day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows go by rows then; whoever writes waits no longer than the one lock does."""
    found = _one()
    monkeypatch.setattr(by_days, "MOST_TRIES", 2)
    monkeypatch.setattr(by_days, "PAUSE_SECONDS", 0.01)
    now = datetime.now(UTC).date()
    with connect("owner") as reader, ThreadPoolExecutor(1) as pool:
        reader.execute(f"LOCK TABLE ONLY {found.table(HEALTH)} IN ACCESS SHARE MODE".encode())
        running = meanwhile(pool, run_beside)
        waits = []
        while not running.done():
            with connect("owner") as writer:
                begun = time.monotonic()
                insert(writer, found, now)
                waits.append(time.monotonic() - begun)
                writer.rollback()
            time.sleep(0.005)
        ended = running.result()
        reader.rollback()
    assert not ended.is_wanting, ended.run.note
    assert (stands("shared", day), left(found, day)) == (True, 0)
    assert max(waits) < 0.2
    assert [one.purged >= 3 for one in ended.entries if one.tenant_id == found.slug] == [True]


@pytest.mark.attacks("days go whole")
def test_kill_9_between_proof_and_commit_leaves_nothing_half(day: date) -> None:
    """What stops it there is who spends: the last of it waits for the table's usage rows."""
    found = _one()
    before = (len(bodies(found)), _usage(found))
    with connect("owner") as spender:
        rows(
            spender,
            f"SELECT 1 FROM {found.table(HEALTH)} WHERE tenant_id = %s LIMIT 1",
            [found.slug],
        )  # its lock keeps the table from the drop
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_retention", "--data-class", "health-result"],
            cwd=settings.BASE_DIR, env=_environment(), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until_somebody_waits(60)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        spender.rollback()
    with connect("steward", autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(app.retention_lock('a run'))")
    assert (stands("shared", day), left(found, day)) == (True, 3)
    assert (len(bodies(found)), _usage(found)) == before
    assert run_all().code == 0
    assert (stands("shared", day), left(found, day)) == (False, 0)
    assert sum(d["count"] for d in bodies(found)[-1]["days"] if d["from"][:10] == str(day)) == 3


@pytest.mark.attacks("certified once")
def test_a_run_that_was_killed_ends_after_the_day_that_its_server_is_still_at(
    day: date,
) -> None:
    """Whoever takes it up waits, and certifies what came of it."""
    found = _one()
    certificates = len(bodies(found))
    with ThreadPoolExecutor(1) as pool, running() as run_id, connect("owner") as server:
        assert proved(server, "shared", day, run_id)
        server.execute(
            "INSERT INTO retention_retentionentry (id, tenant_id, run_id, dry_run, data_class, "
            "policy_versions, due, purged, tiered, bytes, held_back, failed) VALUES "
            "(gen_random_uuid(), %s, %s, false, 'health-result', '{}', 3, 3, 0, 0, '{}', '')",
            [found.slug, run_id],
        )
        following = meanwhile(pool, run_beside)
        until_somebody_waits()
        drop(server, "shared", day, run_id)
        server.commit()
        assert not following.result().is_wanting
        killed, second = bodies(found)[certificates:]
    assert (killed["run"]["runId"], killed["run"]["interrupted"]) == (str(run_id), True)
    assert [one["count"] for one in killed["days"]] == [3]
    assert str(day) not in [one["from"][:10] for one in second["days"]]


def _usage(found: Aged) -> Any:
    with connect("owner") as owner:
        statement = f"SELECT storage_bytes FROM {found.table(USAGE)} WHERE tenant_id = %s"
        return rows(owner, statement, [found.slug])


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    for alias, name in (
        ("default", "DATABASE_URL"),
        ("owner", "DATABASE_OWNER_URL"),
        ("steward", "DATABASE_STEWARD_URL"),
    ):
        database = connections[alias].settings_dict["NAME"]
        parts = urlsplit(environment[name])
        environment[name] = urlunsplit(parts._replace(path=f"/{database}"))
    return environment


# What is written of it.


@pytest.mark.attacks("certified once")
@pytest.mark.attacks("disposed_day_once")
@pytest.mark.attacks("disposed_day_counts")
@pytest.mark.attacks("retention_disposedday.tenant_id exists")
def test_the_database_refuses_what_is_no_day_of_a_run_at_work(day: date) -> None:
    found = _one()
    run_id = run_all().json["runId"]
    with running() as at_work, connect("owner") as owner:

        def state(*values: Any) -> str | None:
            return refused(owner, DAY, list(values)).sqlstate

        # Certified; no run at all. The owner is asked, too.
        assert state(found.slug, run_id, "x", day, 1, 0) == "RP409"
        assert state(found.slug, uuid7(), "x", day, 1, 0) == "RP409"
        assert state(found.slug, at_work, "x", day, 0, 0) == "23514"
        assert state(found.slug, at_work, "x", day, 1, -1) == "23514"
        assert state("nobody", at_work, "x", day, 1, 0) == "23503"
        assert proved(owner, "shared", a_filled_day(found), at_work)
        again = (
            "INSERT INTO retention_disposedday (id, tenant_id, run_id, data_class, "
            "data_partition, day, environment_id, row_count, bytes) SELECT gen_random_uuid(), "
            "tenant_id, run_id, data_class, data_partition, day, environment_id, 1, 0 "
            "FROM retention_disposedday WHERE run_id = %s"
        )
        assert refused(owner, again, [at_work]).sqlstate == "23505"
        owner.rollback()


def a_filled_day(found: Aged) -> date:
    new = a_day()
    make_part("shared", new)
    fill(found, new, 1)
    return new


@pytest.mark.attacks("retention_disposedday: *")
@pytest.mark.parametrize("login", ["default", "steward", "owner"])
def test_nobody_changes_or_deletes_what_is_written_of_a_day(day: date, login: str) -> None:
    found = _one()
    run_id = run_all().json["runId"]
    with connect(login) as connection:
        stand(connection, found.slug)
        for change in (
            "UPDATE retention_disposedday SET row_count = 1",
            "UPDATE retention_disposedday SET day = day + 1",
            "UPDATE retention_disposedday SET tenant_id = 'globex'",
            "UPDATE retention_disposedday SET dropped_at = now() - interval '1 day'",
            "DELETE FROM retention_disposedday",
        ):
            error = refused(connection, f"{change} WHERE run_id = %s", [run_id])
            assert error.sqlstate == ("RP422" if login == "owner" else "42501"), change


def test_a_tenant_reads_its_own_days_and_writes_none(day: date) -> None:
    found, other = _one(), aged("shared")
    fill(other, day, 1)
    run_all()
    for login in ("default", "steward"):
        with connect(login) as connection:
            stand(connection, found.slug)
            assert outcome(connection, DAY, [found.slug, uuid7(), "x", day, 1, 0])[0] == "42501"
            seen = _tenants(connection)
            assert seen == {found.slug} if login == "default" else {found.slug, other.slug} <= seen


def _tenants(connection: Connection) -> set[str]:
    return {t for (t,) in rows(connection, "SELECT tenant_id FROM retention_disposedday")}


@pytest.mark.attacks("days go whole")
def test_a_run_killed_at_twenty_moments_covers_each_day_once(committed: None) -> None:
    """By its entry in one certificate alone, or row by row where something kept the day."""
    found, days = aged("pool"), [a_day() for _ in range(30)]
    for one in days:
        make_part(found.schema, one)
        fill_by_thousands(found, one, 1000)
    whole = sum(left(found, one) for one in days)
    assert whole == 30_000
    left_after = []
    for _ in range(20):
        process = begin_run("", "health-result")
        process.join(random.uniform(0.02, 0.3))
        process.kill()
        process.join()
        left_after.append(sum(left(found, one) for one in days))
    assert left_after[0] > 0
    with connect("steward", autocommit=True) as other:  # once the server has seen the last kill
        other.execute("SELECT pg_advisory_lock(app.retention_lock('a run'))")
    last = run_all()
    assert last.code == 0, last

    assert {(stands(found.schema, one), left(found, one)) for one in days} == {(False, 0)}
    entries = Counter(entry["from"][:10] for body in bodies(found) for entry in body["days"])
    assert all(entries[str(one)] <= 1 for one in days), entries
    counted = sum(
        entry["count"]
        for body in bodies(found)
        for entry in body["days"]
        if entry["from"][:10] in map(str, days)
    )
    rows_gone = [row for name, row, _ in leaves(found) if name == "health-result"]
    assert counted + len(rows_gone) == whole
    assert len(set(rows_gone)) == len(rows_gone)
    with found.entered():
        assert len(set(counted_of_quota())) == 1
