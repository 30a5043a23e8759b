"""What has ended stays a year, whoever would delete it, and then goes with a certificate."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core.access import Role
from apps.core.walls.classes import ended
from apps.core.walls.grants import CONTROL_TABLES, ENVIRONMENT_TABLES, expected
from apps.retention.operations import place_hold
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.isolation.logins import connect, outcome, rows, stand
from tests.isolation.tenants import make_environment
from tests.retention.ages import FINDINGS, Aged, aged, name_rows
from tests.retention.ended_rows import (
    BINDINGS,
    CHECKS,
    CLOCKS,
    COUNTERS,
    ENVIRONMENTS,
    FREEZES,
    MADE,
    RULES,
    USAGE,
    make_ended,
    place,
    there,
)
from tests.world import World

EARLY, DUE = "365 days 23 hours", "366 days 1 minute"
_made: dict[str, Aged] = {}


@pytest.fixture
def found(committed: None) -> Aged:
    if "one" not in _made:
        _made["one"] = aged("shared")
    return _made["one"]


def _delete(
    found: Aged, made: dict[str, UUID], *, login: str = "steward", tenant: str = "",
    before: str = "", named: bool = True,
) -> dict[str, int | str]:  # fmt: skip
    """{table: rows that went, or the SQLSTATE}; rolled back."""
    gone: dict[str, int | str] = {}
    with connect(login) as attacker:
        stand(attacker, tenant or found.slug)
        if before:
            attacker.execute(before.encode())
        if named:
            name_rows(attacker, list(made.values()))
        for table, row in made.items():
            state, _, touched = outcome(
                attacker, f"DELETE FROM {place(found, table)} WHERE id = %s", [row]
            )
            gone[table] = state or touched
        attacker.rollback()
    return gone


def _all(value: int | str) -> dict[str, int | str]:
    return dict.fromkeys(MADE, value)


def test_every_table_whose_rows_end_is_tried() -> None:
    assert set(ended()) == {*MADE, COUNTERS, USAGE, BINDINGS, ENVIRONMENTS}


@pytest.mark.parametrize("table", list(ended()))
def test_it_says_where_it_lies_and_nobody_but_the_steward_deletes(table: str) -> None:
    kind = ended()[table]
    assert kind.in_partition is (table in ENVIRONMENT_TABLES)
    assert kind.in_partition is not (table in CONTROL_TABLES)
    grants = expected("shared" if kind.in_partition else "public", table)
    assert (grants["runtime"].delete, grants["steward"].delete) == (False, True)
    assert not {kind.clock} & {*grants["steward"].update} - {"emptied_at"}


@pytest.mark.attacks("nothing goes early")
def test_what_ended_less_than_a_year_ago_stays(found: Aged) -> None:
    made = make_ended(found, EARLY)
    assert _delete(found, made) == _all(0)
    later = "SET LOCAL app.as_of = '2999-01-01Z'"
    assert _delete(found, made, before=later) == _all(0)
    assert _delete(found, made, login="default") == _all("42501")
    assert there(found, made) == set(MADE)


@pytest.mark.attacks("nothing goes early")
def test_what_ended_a_year_ago_goes_where_it_is_named_by_its_own_tenant(found: Aged) -> None:
    made, other = make_ended(found, DUE), aged("shared")
    assert _delete(found, made) == _all(1)
    assert _delete(found, made, login="default") == _all("42501")
    assert _delete(found, made, named=False) == _all(0)
    assert _delete(found, made, tenant=other.slug) == _all(0)
    assert _delete(found, made, tenant="platform") == _all(0)
    before = "SET LOCAL app.as_of = '2001-01-01Z'"
    assert _delete(found, made, before=before) == _all(0)
    with connect("steward") as steward:
        steward.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        stand(steward, found.slug)
        name_rows(steward, list(made.values()))
        for table, row in made.items():
            sql = f"DELETE FROM {place(found, table)} WHERE id = %s"
            assert outcome(steward, sql, [row])[2] == 0
    assert there(found, made) == set(MADE)


@pytest.mark.attacks("nothing goes early")
@pytest.mark.parametrize("login", ["default", "steward"])
@pytest.mark.parametrize("to", ["NULL", "'2001-01-01Z'"])
def test_no_login_moves_an_end(found: Aged, login: str, to: str) -> None:
    made = make_ended(found, EARLY)
    with connect(login) as attacker:
        stand(attacker, found.slug)
        for table, column in CLOCKS.items():
            sql = f"UPDATE {place(found, table)} SET {column} = {to} WHERE id = %s"
            state, _, touched = outcome(attacker, sql, [made[table]])
            assert state or not touched, table
    with connect("owner") as owner:
        for table, column in CLOCKS.items():
            sql = f"UPDATE {place(found, table)} SET {column} = {to} WHERE id = %s"
            state, _, touched = outcome(owner, sql, [made[table]])
            kept = f"SELECT {column} FROM {place(found, table)} WHERE id = %s"
            assert state or touched, table
            assert rows(owner, kept, [made[table]])[0][0] > datetime(2002, 1, 1, tzinfo=UTC)


@pytest.mark.attacks("nothing goes early")
def test_what_has_not_ended_stays_however_old(found: Aged) -> None:
    """A membership in force, a client's token, a rule that hides, a freeze that runs."""
    made = make_ended(found, "900 days")
    with connect("owner") as owner:
        owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
        owner.execute(b"ALTER TABLE people_membership DISABLE TRIGGER guard")
        for table, changes in {
            "people_membership": "ended_at = NULL",
            "people_apiclient": "revoked_at = NULL",
            "people_invitation": "status = 'Pending', decided_at = NULL",
            FREEZES: "status = 'Standing', ended_at = NULL, starts_at = NULL, ends_at = NULL, "
            "weekdays = '{1}', from_time = '01:00', until_time = '02:00', time_zone = 'UTC'",
            RULES: "status = 'Active', ended_at = NULL",
        }.items():
            owner.execute(f"ALTER TABLE {place(found, table)} DISABLE TRIGGER guard".encode())
            owner.execute(
                f"UPDATE {place(found, table)} SET {changes} WHERE id = %s".encode(), [made[table]]
            )
            owner.execute(f"ALTER TABLE {place(found, table)} ENABLE TRIGGER guard".encode())
    kept = dict.fromkeys(MADE, 0)
    assert _delete(found, made) == {**kept, "people_visit": 1, CHECKS: 1}


def test_a_check_that_a_finding_names_stays_as_long_as_that(found: Aged) -> None:
    with connect("owner") as owner:
        owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
        owner.execute(
            f"UPDATE {found.table(CHECKS)} SET created_at = now() - interval '900 days' "
            "WHERE tenant_id = %s".encode(),
            [found.slug],
        )
        named = rows(
            owner,
            f"SELECT DISTINCT last_check_id FROM {found.table(FINDINGS)} WHERE tenant_id = %s",
            [found.slug],
        )
    assert named
    for (check,) in named:
        assert _delete(found, {CHECKS: check}) == {CHECKS: 0}


def test_a_hold_keeps_what_ended_and_what_it_takes_to_read_findings(
    world: World, committed: None
) -> None:
    ends, findings = aged("shared"), aged("shared")
    made = {one.slug: make_ended(one, "900 days") for one in (ends, findings)}
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(tenant_id=ends.slug, matter="m", reason="r", data_classes=["ended"])
        place_hold(tenant_id=findings.slug, matter="m", reason="r", data_classes=["drift-finding"])
    assert _delete(ends, made[ends.slug]) == _all(0)
    assert _delete(findings, made[findings.slug]) == {**_all(1), CHECKS: 0, RULES: 0}


def _run(*arguments: Any) -> dict[str, Any]:
    ended_run = manage("run_retention", "--data-class", "ended", *arguments, "--format", "json")
    assert ended_run.code == 0, ended_run.err
    (entry,) = ended_run.json["entries"]
    return {**entry, "runId": ended_run.json["runId"]}


def test_a_run_purges_what_ended_and_certifies_each_row(committed: None) -> None:
    found = aged("shared")
    due, early = make_ended(found, DUE), make_ended(found, EARLY)
    told = _run("--tenant", found.slug, "--dry-run")
    assert (told["due"], told["purged"]) == (len(MADE), 0)
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    assert _run("--tenant", found.slug, "--dry-run", "--as-of", later)["due"] == 2 * len(MADE)
    done = _run("--tenant", found.slug)
    assert (done["due"], done["purged"]) == (len(MADE), len(MADE))
    assert done["bytes"] > 0
    assert there(found, due) == set()
    assert there(found, early) == set(MADE)
    with connect("owner") as owner:
        leaves = rows(
            owner,
            "SELECT row_id FROM retention_disposedrow WHERE tenant_id = %s AND run_id = %s",
            [found.slug, done["runId"]],
        )
        ((count,),) = rows(
            owner,
            "SELECT leaf_count FROM retention_certificate WHERE tenant_id = %s AND run_id = %s",
            [found.slug, done["runId"]],
        )
    assert {row for (row,) in leaves} == set(due.values())
    assert count == len(MADE)
    assert _run("--tenant", found.slug)["due"] == 0


def test_the_platforms_own_go_too(committed: None) -> None:
    from apps.core.ids import uuid7

    row = uuid7()
    with connect("owner") as owner:
        owner.execute(b"SET LOCAL app.clock = '2020-01-01Z'")
        owner.execute(
            b"INSERT INTO freezes_freeze (id, tenant_id, scope, project_id, starts_at, ends_at, "
            b"time_zone, reason, override_role, status, created_by) VALUES (%s, 'platform', 'all', "
            b"'', '2019-01-01Z', '2019-02-01Z', '', 'closed', '', 'Ended', 'tests')",
            [row],
        )
    done = _run("--tenant", "platform")
    assert (done["due"], done["purged"]) == (1, 1)


def test_nobody_is_asked_for_an_exception_of_it(committed: None) -> None:
    found = aged("shared")
    refused = manage(
        "request_exception", "--tenant", found.slug, "--data-class", "ended", "--reason", "r",
        "--legal-basis", "b", "--lapses", "2999-01-01T00:00:00Z",
    )  # fmt: skip
    assert refused.code != 0


def test_the_web_may_not_stand_as_the_platform(committed: None) -> None:
    from apps.core.errors import Forbidden
    from apps.tenant_bindings.context import enter_records
    from tests.world import OPERATOR

    with pytest.raises(Forbidden), enter_records("platform", actor=OPERATOR, writing=True):
        pass


@pytest.mark.attacks("environment_emptied_at")
def test_an_environment_that_is_bound_or_in_use_is_not_empty(found: Aged) -> None:
    sql = "UPDATE environments_runtimeenvironment SET emptied_at = now() WHERE id = %s"
    with connect("owner") as owner:
        assert outcome(owner, sql, [found.environment])[0] == "RP409"
        assert outcome(owner, sql, [make_environment("shared")])[0] == "23514"


@pytest.mark.attacks("a hold binds at once")
def test_a_hold_that_comes_while_a_batch_waits_keeps_the_row(world: World, committed: None) -> None:
    """The steward has begun before the hold is there, and decides after it."""
    found = aged("shared")
    made = make_ended(found, "900 days")
    row = {RULES: made[RULES]}
    with connect("steward") as steward:
        stand(steward, found.slug)
        name_rows(steward, list(row.values()))
        assert rows(steward, "SELECT count(*) FROM app.ended(%s, %s)", [found.schema, RULES])
        with on_platform(world, Role.GOVERNANCE_OFFICER):
            place_hold(tenant_id=found.slug, matter="m", reason="r", data_classes=["ended"])
        sql = f"DELETE FROM {place(found, RULES)} WHERE id = %s"
        assert outcome(steward, sql, [made[RULES]]) == ("", [], 0)
    assert there(found, row) == {RULES}
