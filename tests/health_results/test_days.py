"""Parts by UTC day: what is in which, what the upkeep makes, that none is seen by its name."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections

from apps.core import door
from apps.core.walls.days import day_statements, part_of, rest_of
from apps.core.walls.inspect import inspect
from apps.tenants import days, partitions
from apps.tenants.days import make_days
from apps.tenants.models import DataPartition, Tenant
from tests.core.doors import inside, rolled_back_as, run, sqlstate
from tests.health_results.results import TABLE, result
from tests.isolation.logins import connect, refused, role, rows, stand
from tests.world import World

AHEAD, BACK = 7, 1


def parts(schema: str) -> set[str]:
    sql = (
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = %s::regclass"
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql, [f'"{schema}".{TABLE}'])
        return {name for (name,) in cursor.fetchall()}


def today() -> date:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'UTC')::date")
        found: date = cursor.fetchone()[0]
    return found


def around(day: date) -> set[str]:
    wanted = (day + timedelta(days=n) for n in range(-BACK, AHEAD + 1))
    return {part_of(TABLE, one) for one in wanted} | {rest_of(TABLE)}


@pytest.fixture
def schema(committed: None) -> Iterator[str]:
    """A partition of its own, with no tenant's work in it."""
    from apps.core.ids import uuid7

    slug = f"days-{uuid7().hex[-8:]}"
    with door.using("owner"):
        tenant = Tenant.objects.create(tenant_id=slug, name="Days")
        found = DataPartition.objects.create(schema_name=f"silo_{slug}", tenant=tenant)
        partitions.make_partition(found.schema_name)
    yield found.schema_name


def drop(schema: str, *names: str) -> None:
    with connections["owner"].cursor() as cursor:
        for name in names:
            cursor.execute(f'DROP TABLE "{schema}"."{name}"')


def insert(schema: str, at: datetime) -> None:
    """As owner, who may bring any time."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{schema}".{TABLE} (id, tenant_id, environment_id, service_id, status, '
            "probe, detail, checked_at) VALUES (gen_random_uuid(), 'days', gen_random_uuid(), "
            "gen_random_uuid(), 'Healthy', 'http', '', %s)",
            [at],
        )


def part_with(schema: str, at: datetime) -> str:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f'SELECT c.relname FROM "{schema}".{TABLE} t JOIN pg_class c ON c.oid = t.tableoid '
            "WHERE t.checked_at = %s",
            [at],
        )
        return str(cursor.fetchone()[0])


def test_a_new_partition_has_the_days_of_what_is_accepted_and_a_week(schema: str) -> None:
    assert parts(schema) == around(today())


def test_a_spare_has_them_too(committed: None) -> None:
    partitions.keep_spares(1)
    name = partitions._spares()[0][0]
    make_days()
    assert parts(name) == around(today())


def test_a_day_begins_at_midnight_utc_whatever_the_session_says(schema: str) -> None:
    day = datetime.combine(today(), datetime.min.time(), UTC)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET timezone = 'Pacific/Auckland'")
    try:
        for at in (day - timedelta(microseconds=1), day, day + timedelta(hours=23, minutes=59)):
            insert(schema, at)
            assert part_with(schema, at) == part_of(TABLE, at.date())
        drop(schema, part_of(TABLE, today() + timedelta(days=AHEAD)))
        assert make_days(schema) == 1
        late = day + timedelta(days=AHEAD, hours=23, minutes=59)
        insert(schema, late)
        assert part_with(schema, late) == part_of(TABLE, late.date())
    finally:
        connections["owner"].close()


def test_the_upkeep_makes_what_is_missing_once(schema: str) -> None:
    missing = [part_of(TABLE, today() + timedelta(days=n)) for n in (AHEAD - 1, AHEAD)]
    drop(schema, *missing)
    assert make_days(schema) == 2
    assert parts(schema) == around(today())
    assert make_days(schema) == 0


def test_every_partition_is_kept_up_in_one_run(world: World, schema: str) -> None:
    last = part_of(TABLE, today() + timedelta(days=AHEAD))
    drop(schema, last)
    drop("silo_acme", last)
    assert make_days() >= 2
    assert last in parts(schema) & parts("silo_acme") & parts("shared")


def test_after_ten_days_without_the_upkeep_results_are_still_taken(schema: str) -> None:
    """What no day covers stands in the rest, and stays there when the upkeep comes back."""
    ahead = [today() + timedelta(days=n) for n in range(-BACK, AHEAD + 1)]
    drop(schema, *[part_of(TABLE, day) for day in ahead])
    now = datetime.now(UTC)
    insert(schema, now)
    assert part_with(schema, now) == rest_of(TABLE)
    made = make_days(schema)
    assert made == len(ahead) - 1
    assert parts(schema) == around(today()) - {part_of(TABLE, now.date())}
    later = now + timedelta(seconds=1)
    insert(schema, later)
    assert part_with(schema, later) == rest_of(TABLE)
    tomorrow = now + timedelta(days=1)
    insert(schema, tomorrow)
    assert part_with(schema, tomorrow) == part_of(TABLE, tomorrow.date())


def test_the_upkeep_waits_for_nobody_and_does_the_others(
    schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "LOCK_TIMEOUT", "50ms")
    last = part_of(TABLE, today() + timedelta(days=AHEAD))
    drop(schema, last)
    drop("shared", last)
    with connect("owner") as busy:
        busy.execute(f'LOCK TABLE "{schema}".{rest_of(TABLE)} IN ACCESS SHARE MODE'.encode())
        make_days()
        assert last not in parts(schema)
        assert last in parts("shared")
    make_days()
    assert last in parts(schema)


def test_what_fails_in_one_partition_is_told_after_the_others_are_done(
    schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = part_of(TABLE, today() + timedelta(days=AHEAD))
    drop(schema, last)
    drop("silo_acme", last)  # comes before and after it in the alphabet, either way
    drop("shared", last)

    def wrong(name: str, table: str, day: date) -> list[str]:
        return ["SELECT 1/0"] if name == schema else day_statements(name, table, day)

    monkeypatch.setattr(days, "day_statements", wrong)
    with pytest.raises(DatabaseError, match="division by zero"):
        make_days()
    assert last in parts("shared") & parts("silo_acme")
    assert last not in parts(schema)
    monkeypatch.undo()
    assert make_days() == 1


def test_one_that_ends_in_the_middle_leaves_a_schema_whole_or_as_it_was(
    schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = [part_of(TABLE, today() + timedelta(days=n)) for n in (AHEAD - 1, AHEAD)]
    drop(schema, *gone)
    before = parts(schema)
    calls: list[Any] = []

    def second_fails(*arguments: Any) -> list[str]:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return day_statements(*arguments)

    monkeypatch.setattr(days, "day_statements", second_fails)
    with pytest.raises(KeyboardInterrupt):
        make_days(schema)
    assert parts(schema) == before
    monkeypatch.undo()
    assert make_days(schema) == 2


def test_two_at_once_make_each_day_once(schema: str) -> None:
    from tests.core.threads import together

    drop(schema, *[part_of(TABLE, today() + timedelta(days=n)) for n in range(1, AHEAD + 1)])
    assert sorted(together(*[lambda: make_days(schema)] * 2)) == [0, AHEAD]
    assert parts(schema) == around(today())


# Walls.


@pytest.mark.parametrize("name", ["shared", "silo_globex"])
def test_a_part_addressed_by_its_name_shows_and_takes_nothing(
    world: World, committed: None, name: str
) -> None:
    with connect() as psql:
        stand(psql, "globex")
        for part in sorted(parts(name)):
            target = f'"{name}"."{part}"'
            for statement in (
                f"SELECT * FROM {target}",
                f"INSERT INTO {target} SELECT * FROM {target}",
                f"DELETE FROM {target}",
                f"UPDATE {target} SET detail = ''",
                f"TRUNCATE {target}",
                f"ALTER TABLE {TABLE} DETACH PARTITION {target}",
            ):
                assert refused(psql, statement).sqlstate in ("42501", "42P01"), statement


def test_a_part_that_was_granted_by_mistake_still_shows_nothing(
    world: World, committed: None
) -> None:
    """And check_isolation finds the grant."""
    names = sorted(parts("shared"))
    every = ", ".join(f"shared.{part}" for part in names)
    with connect("owner", autocommit=True) as owner:
        owner.execute(f"GRANT SELECT ON {every} TO {role('runtime')}".encode())
        try:
            with owner.transaction():
                found = {f.object for f in inspect(owner) if f.rule == "grant"}
            assert {f"shared.{part}" for part in names} <= found
            with connect() as psql:
                stand(psql, "globex")
                assert rows(psql, f"SELECT count(*) FROM shared.{TABLE}") != [(0,)]
                for part in names:
                    assert rows(psql, f"SELECT count(*) FROM shared.{part}") == [(0,)]
        finally:
            owner.execute(f"REVOKE ALL ON {every} FROM {role('runtime')}".encode())


def test_runtime_moves_no_row_by_its_time(world: World, rolled_back: None) -> None:
    with inside(world.acme, "pool"):
        for statement in (
            f"UPDATE {TABLE} SET status = 'Healthy'",
            f"DELETE FROM {TABLE}",
            f"TRUNCATE {TABLE}",
        ):
            assert sqlstate(statement) == "42501"


def test_the_owner_changes_nothing_but_clocks_and_only_by_saying_so(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"), inside(world.acme, "pool"):
        columns = "status = 'Unhealthy'", "detail = 'x'", "checked_at = now()", "probe = 'x'"
        for change in columns:
            assert sqlstate(f"UPDATE {TABLE} SET {change}") == "RP422"


@pytest.mark.parametrize(
    ("apart", "state"),
    [
        ("- interval '720 hours'", ""),
        ("- interval '720 hours 1 microsecond'", "RP422"),
        ("+ interval '5 minutes'", ""),
        ("+ interval '5 minutes 1 microsecond'", "RP422"),
    ],
)
def test_the_database_itself_keeps_the_edges_of_time(
    world: World, rolled_back: None, apart: str, state: str
) -> None:
    """Also in a time zone in which the day of a change of clocks is an hour shorter."""
    with inside(world.acme, "pool"):
        run("SET LOCAL timezone = 'America/New_York'")
        statement = (
            f"INSERT INTO {TABLE} (id, tenant_id, environment_id, service_id, status, probe, "
            "detail, checked_at, received_at) SELECT gen_random_uuid(), %s, %s, "
            f"gen_random_uuid(), 'Healthy', 'http', '', now() {apart}, '2001-01-01'"
        )
        values = [world.acme.slug, world.acme.environments["pool"]]
        assert sqlstate(statement, values) == state


def test_a_query_of_a_day_reads_no_other_day(world: World, rolled_back: None) -> None:
    with inside(world.acme, "pool"):
        given = result(world.acme.services["pool"]["cart"])
        plan = run(
            f"EXPLAIN SELECT * FROM {TABLE} WHERE tenant_id = %s AND service_id = %s "
            "AND checked_at > %s AND checked_at <= %s ORDER BY checked_at, id",
            [world.acme.slug, given.service_id, given.checked_at, given.checked_at],
        )
    text = "\n".join(line for (line,) in plan)
    assert text.count("Scan") <= 2
