"""A UTC day of health results goes whole where nothing keeps any row of it; else by rows."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from apps.core.access import Role
from apps.core.ids import uuid7
from apps.retention import days as by_days
from apps.retention import limit, runs
from apps.retention.limit import Limit
from apps.retention.operations import place_hold, set_retention
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.isolation.logins import connect, rows
from tests.quotas.limited import counted
from tests.retention.ages import HEALTH, Aged, aged
from tests.retention.certificates import bodies, exported, key, leaves, verified
from tests.retention.whole_days import (
    a_day,
    due_at,
    entry,
    fill,
    left,
    make_part,
    midnight,
    run_all,
    stands,
)
from tests.world import World

MICROSECOND = timedelta(microseconds=1)
_made: dict[str, Aged] = {}


def _two() -> tuple[Aged, Aged]:
    """Two tenants in `shared`; what a test leaves of them another does not mind."""
    for name in ("one", "two"):
        if name not in _made:
            _made[name] = aged("shared", name)
    return _made["one"], _made["two"]


@pytest.fixture
def day(committed: None) -> date:
    found = a_day()
    make_part("shared", found)
    return found


def _stored(found: Aged) -> tuple[int, int]:
    with found.entered():
        return counted()


def test_a_day_of_two_tenants_goes_whole_and_each_has_its_certificate(
    day: date, tmp_path: Path
) -> None:
    one, two = _two()
    fill(one, day, 5)
    fill(two, day, 2)
    told = run_all("--dry-run")
    assert (entry(told, one)["due"], entry(told, two)["due"]) == (5, 2)
    ended = run_all()
    assert (ended.code, ended.err) == (0, "")
    assert not stands("shared", day)
    run_id = ended.json["runId"]
    for found, count in ((one, 5), (two, 2)):
        done = entry(ended, found)
        assert (done["due"], done["purged"], done["heldBack"]) == (count, count, [])
        assert done["bytes"] > 0
        assert done["cutoff"]
        assert left(found, day) == 0
        assert leaves(found, run_id) == []
        body = bodies(found)[-1]
        assert body["days"] == [
            {
                "dataClass": "health-result", "dataPartition": "shared",
                "environmentId": str(found.environment),
                "from": f"{day}T00:00:00.000000Z",
                "until": f"{day + timedelta(days=1)}T00:00:00.000000Z", "count": count,
            }
        ]  # fmt: skip
        said, there = _stored(found)
        assert said == there
        checked = verified(tmp_path, exported(found, run_id))
        assert checked.code == 0, checked.out
        assert checked.json["days"] == body["days"]
        file = tmp_path / "certificate.json"
        said_so = manage("verify_certificate", file, "--key", key())
        assert f"{count} rows went with the whole day" in said_so.out + said_so.err
        assert _told(found, run_id) == [
            {
                "dataClass": "health-result", "dataPartition": "shared", "day": str(day),
                "count": count,
                "environments": [{"environmentId": str(found.environment), "count": count}],
            }
        ]  # fmt: skip
        assert manage("verify_audit", "--tenant", found.slug).code == 0


def _told(found: Aged, run_id: str) -> list[Any]:
    """What the tenant's chain says of days that went in that run."""
    with connect("owner") as owner:
        values = rows(
            owner,
            "SELECT d.value FROM core_auditentry e JOIN core_auditdetail d "
            "ON (d.tenant_id, d.entry_id) = (e.tenant_id, e.id) WHERE e.tenant_id = %s "
            "AND e.action = 'retention.day_dropped' AND e.object_id = %s AND d.kind = 'after'",
            [found.slug, run_id],
        )
    return [json.loads(value) for (value,) in values]


def test_what_was_changed_of_a_day_in_the_certificate_is_told(
    day: date, world: World, tmp_path: Path
) -> None:
    one, _ = _two()
    fill(one, day, 4)
    run_id = run_all().json["runId"]
    file = exported(one, run_id)
    for change in (
        {"count": 5}, {"count": 3}, {"count": 0}, {"count": True},
        {"from": f"{day}T00:00:00.000001Z"}, {"until": f"{day}T00:00:00.000000Z"},
        {"from": "yesterday"},
    ):  # fmt: skip
        value = json.loads(file)
        value["certificate"]["days"][0] |= change
        assert verified(tmp_path, _signed(value)).code == 1, change
    value = json.loads(file)
    value["certificate"]["days"] = []
    assert verified(tmp_path, _signed(value)).code == 1


def _signed(value: dict[str, Any]) -> bytes:
    """By the key itself: only what it says can give it away."""
    from apps.core.chain import canonical
    from apps.retention import signing
    from apps.retention.certificate_files import written

    text = canonical(value["certificate"]).encode()
    return written({**value, "signature": signing.sign(text)})


def _held(world: World, found: Aged) -> None:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(tenant_id=found.slug, data_classes=["health-result"], matter="m", reason="r")


def _longer(world: World, found: Aged) -> None:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        set_retention(data_class="health-result", days=36_000, reason="r", tenant_id=found.slug)


@pytest.mark.attacks("days go whole")
@pytest.mark.parametrize(("keep", "reason"), [(_held, "hold"), (_longer, "")])
def test_what_keeps_one_tenants_rows_keeps_the_day_and_the_others_go_by_rows(
    day: date, world: World, keep: Callable[[World, Aged], None], reason: str
) -> None:
    one, _ = _two()
    kept = aged("shared", "kept")
    fill(one, day, 4)
    fill(kept, day, 3)
    keep(world, kept)
    ended = run_all()
    assert ended.code == 0, ended.err
    assert stands("shared", day)
    assert (left(one, day), left(kept, day)) == (0, 3)
    assert (entry(ended, one)["purged"], entry(ended, kept)["purged"]) == (4, 0)
    assert entry(ended, kept)["heldBack"] == ([{"reason": reason, "count": 3}] if reason else [])
    assert bodies(one)[-1]["days"] == []
    assert len(leaves(one, ended.json["runId"])) == 4
    assert _stored(one)[0] == _stored(one)[1]


@pytest.mark.attacks("days go whole")
def test_a_row_of_an_environment_that_nobody_bound_keeps_the_day(day: date) -> None:
    one, two = _two()
    fill(one, day, 1, environment=uuid7())
    fill(two, day, 2)
    ended = run_all()
    assert stands("shared", day)
    assert (left(one, day), left(two, day)) == (1, 0)
    assert entry(ended, two)["purged"] == 2


@pytest.mark.attacks("days go whole")
def test_a_day_one_microsecond_too_young_stands(day: date) -> None:
    one, _ = _two()
    fill(one, day, 2)
    ended = run_all("--as-of", due_at(day).isoformat())
    assert (stands("shared", day), left(one, day)) == (True, 2)
    assert entry(ended, one)["due"] == 0
    ended = run_all("--as-of", (due_at(day) + MICROSECOND).isoformat())
    assert not stands("shared", day)
    assert entry(ended, one)["purged"] == 2


@pytest.mark.parametrize("model", ["silo", "pool"])
def test_it_goes_in_a_partition_of_one_tenant_too_and_an_empty_day_with_it(
    committed: None, model: str
) -> None:
    found, filled, empty = aged(model), a_day(), a_day()
    for one in (filled, empty):
        make_part(found.schema, one)
    fill(found, filled, 3)
    ended = run_all()
    assert entry(ended, found)["purged"] == 3
    assert not stands(found.schema, filled)
    assert not stands(found.schema, empty)
    (only,) = bodies(found)[-1]["days"]
    assert (only["dataPartition"], only["count"]) == (found.schema, 3)


@pytest.mark.parametrize("what", ["a tenant", "another class", "a dry run"])
def test_a_run_of_less_than_all_drops_no_day(day: date, what: str) -> None:
    one, _ = _two()
    fill(one, day, 2)
    arguments = {
        "a tenant": ["--tenant", one.slug], "another class": ["--data-class", "drift-finding"],
        "a dry run": ["--dry-run"],
    }[what]  # fmt: skip
    assert manage("run_retention", *arguments).code == 0
    assert stands("shared", day)
    assert left(one, day) == (0 if what == "a tenant" else 2)


@pytest.mark.parametrize(("logins", "citus"), [([], False), (["owner"], True)])
def test_without_the_owners_login_and_on_citus_it_goes_by_rows(
    day: date, monkeypatch: pytest.MonkeyPatch, logins: list[str], citus: bool
) -> None:
    found = aged("shared")
    fill(found, day, 2)
    here = SimpleNamespace(DATABASES=dict.fromkeys(logins), CITUS=citus)
    monkeypatch.setattr(by_days, "settings", here)
    ended = run_all()
    assert (stands("shared", day), left(found, day)) == (True, 0)
    assert entry(ended, found)["purged"] == 2


def test_the_rest_and_the_days_to_come_stay(day: date) -> None:
    one = aged("shared")
    one.age(HEALTH, "900 days")
    fill(one, day, 1)
    with connect("owner") as owner:
        parts = (
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            f"WHERE i.inhparent = 'shared.{HEALTH}'::regclass AND c.relname !~ '_20(19|20|21)'"
        )
        before = rows(owner, parts)
    run_all()
    with connect("owner") as owner:
        assert rows(owner, parts) == before
    assert one.count(HEALTH) == 0


class Killed(BaseException):
    pass


def _dies(*_: Any, **__: Any) -> Any:
    raise Killed


@pytest.mark.parametrize("where", ["before it goes", "after it went"])
@pytest.mark.attacks("certified once")
def test_a_run_that_ends_beside_a_day_is_taken_up_and_the_day_certified_once(
    day: date, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    from django.db import connections

    from apps.core import door
    from apps.retention.runs import Wanted, run_retention
    from tests.world import OPERATOR

    one, _ = _two()
    fill(one, day, 3)
    certificates = len(bodies(one))
    if where == "after it went":
        monkeypatch.setattr(runs, "_tenants", _dies)
    else:
        monkeypatch.setattr(by_days, "ROW_BYTES", None)  # what the last statement is given
        real = by_days.rows
        monkeypatch.setattr(
            by_days, "rows", lambda s, p: _dies() if "drop_day" in s else real(s, p)
        )
    with pytest.raises(Killed), door.using("steward"):
        run_retention(Wanted(data_class="health-result"), actor=OPERATOR)
    for alias in ("steward", "owner"):
        connections[alias].close()
    monkeypatch.undo()
    gone = where == "after it went"
    assert stands("shared", day) is not gone
    assert left(one, day) == (0 if gone else 3)
    assert len(bodies(one)) == certificates
    run_all()
    assert not stands("shared", day)
    new = bodies(one)[certificates:]
    assert [sum(d["count"] for d in body["days"]) for body in new] == ([3, 0] if gone else [3])
    assert [body["run"]["interrupted"] for body in new] == ([True, False] if gone else [False])
    said, there = _stored(one)
    assert said == there


def test_what_went_before_time_was_over_is_certified(
    day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = _two()
    fill(one, day, 3)
    now = [0.0]
    monkeypatch.setattr(limit, "monotonic", lambda: now[0])
    real = by_days._drop

    def slowly(*arguments: Any) -> Any:
        gone = real(*arguments)
        now[0] += 60 * (gone is not None)
        return gone

    monkeypatch.setattr(by_days, "_drop", slowly)
    ended = run_all("--max-seconds", "30")
    assert (ended.code, ended.err, ended.json["endedForTime"]) == (0, "", True)
    assert not stands("shared", day)
    assert entry(ended, one)["purged"] == 3
    assert bodies(one)[-1]["days"][0]["count"] == 3
    assert Limit(None).reached() is False


def test_midnight_is_that_of_utc_wherever_the_owner_sits(day: date) -> None:
    one, _ = _two()
    fill(one, day, 1)
    with connect("owner") as owner:
        for zone in ("Pacific/Auckland", "America/Los_Angeles", "UTC"):
            owner.execute(f"SET LOCAL timezone = '{zone}'".encode())
            for style in ("ISO, DMY", "German", "SQL, MDY"):
                owner.execute(f"SET LOCAL datestyle = '{style}'".encode())
                found = rows(owner, "SELECT app.day_part('shared', %s)::text", [str(day)])
                assert found != [(None,)], (zone, style)
    assert midnight(day).utcoffset() == timedelta(0)
    run_all()
    assert not stands("shared", day)
