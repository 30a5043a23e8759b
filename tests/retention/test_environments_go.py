"""An environment's row goes a year after the last row below it, and its bindings just before it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.core.shell import manage
from tests.isolation.changes import release
from tests.isolation.logins import connect, outcome, rows, stand
from tests.retention.ages import SERVICES, Aged, aged, name_rows
from tests.retention.ended_rows import BINDINGS, COUNTERS, ENVIRONMENTS, USAGE


def _run(*arguments: Any) -> dict[str, dict[str, Any]]:
    ended = manage("run_retention", *arguments, "--format", "json")
    assert ended.code == 0, ended.err
    return {entry["dataClass"]: entry for entry in ended.json["entries"]}


def _move(sql: str, *values: Any) -> None:
    """As owner, who says that clocks move."""
    with connect("owner") as owner:
        owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
        owner.execute(sql.encode(), list(values))


def _gone_by(found: Aged, age: str) -> None:
    """Released and decommissioned that long ago, everything in it older."""
    release(found.tenant.bindings[found.model])
    found.age_all("1200 days")
    _move(
        f"UPDATE {found.table('drift_findings_driftcheck')} "
        "SET created_at = now() - interval '1200 days' WHERE tenant_id = %s",
        found.slug,
    )
    _move(
        f"UPDATE {found.table('drift_findings_ignorerule')} "
        "SET created_at = now() - interval '1200 days', expires_at = now() - interval '1100 days', "
        "ended_at = ended_at - interval '1100 days' "
        "WHERE tenant_id = %s",
        found.slug,
    )
    _move(
        f"UPDATE {BINDINGS} SET released_at = now() - interval '{age}' WHERE tenant_id = %s",
        found.slug,
    )
    with connect("owner") as owner:
        ((then,),) = rows(owner, "SELECT (now() - %s::interval)::text", [age])
        owner.execute(f"SET LOCAL app.clock = '{then}'".encode())
        for status in ("Decommissioning", "Decommissioned"):
            owner.execute(
                f"UPDATE {ENVIRONMENTS} SET status = '{status}' WHERE id = %s".encode(),
                [found.environment],
            )


def _bindings(found: Aged) -> int:
    with connect("owner") as owner:
        sql = f"SELECT count(*) FROM {BINDINGS} WHERE tenant_id = %s"
        return int(rows(owner, sql, [found.slug])[0][0])


def _emptied(found: Aged) -> list[Any]:
    with connect("owner") as owner:
        sql = f"SELECT emptied_at FROM {ENVIRONMENTS} WHERE id = %s"
        return [at for (at,) in rows(owner, sql, [found.environment])]


@pytest.mark.attacks("nothing goes early")
@pytest.mark.attacks("environments_runtimeenvironment: once")
@pytest.mark.parametrize("model", ["pool", "shared"])
def test_counters_bindings_and_the_environment_go_in_their_order(
    committed: None, model: str
) -> None:
    found = aged(model)
    found.release_anew(2)
    _gone_by(found, "367 days")
    first = _run("--tenant", found.slug)
    assert first["retired-service"]["purged"] == 2
    # Findings name the checks, blobs wait for their reads: what is left goes with the next runs.
    for _ in range(2):
        _run("--tenant", found.slug)
    assert found.count(SERVICES) == found.count(COUNTERS) == found.count(USAGE) == 0
    assert _bindings(found) == 0
    assert _emptied(found) == [None]
    _run("--tenant", "platform")
    (emptied,) = _emptied(found)
    assert abs(emptied - datetime.now(UTC)) < timedelta(minutes=5)
    with connect("steward") as steward:
        stand(steward, "platform")
        name_rows(steward, [found.environment])
        sql = f"DELETE FROM {ENVIRONMENTS} WHERE id = %s"
        assert outcome(steward, sql, [found.environment]) == ("", [], 0)
        sql = f"UPDATE {ENVIRONMENTS} SET emptied_at = '2001-01-01Z' WHERE id = %s"
        assert outcome(steward, sql, [found.environment])[0] == "RP422"
    with connect("owner") as owner:
        owner.execute(b"SET LOCAL app.moves_clocks = 'on'")
        for to in ("'2001-01-01Z'", "NULL"):
            sql = f"UPDATE {ENVIRONMENTS} SET emptied_at = {to} WHERE id = %s"
            assert outcome(owner, sql, [found.environment])[0] == "RP422"
    _long_empty(found)
    _run("--tenant", "platform")
    assert _emptied(found) == []


def _long_empty(found: Aged) -> None:
    with connect("owner") as owner:
        owner.execute(f"ALTER TABLE {ENVIRONMENTS} DISABLE TRIGGER guard".encode())
        owner.execute(
            f"UPDATE {ENVIRONMENTS} SET emptied_at = now() - interval '367 days' "
            "WHERE id = %s".encode(),
            [found.environment],
        )
        owner.execute(f"ALTER TABLE {ENVIRONMENTS} ENABLE TRIGGER guard".encode())


def test_a_counter_stays_while_its_environment_may_be_bound_again(committed: None) -> None:
    """Or versions would count from 1 once more."""
    found = aged("shared")
    found.release_anew(2)
    release(found.tenant.bindings[found.model])
    found.age_all("1200 days")
    _move(
        f"UPDATE {BINDINGS} SET released_at = now() - interval '1200 days' WHERE tenant_id = %s",
        found.slug,
    )
    for _ in range(3):
        _run("--tenant", found.slug)
    assert found.count(SERVICES) == 0
    assert (found.count(COUNTERS), _bindings(found)) == (1, 1)


@pytest.mark.attacks("nothing goes early")
def test_a_binding_stays_as_long_as_a_row_lies_where_it_says(committed: None) -> None:
    found = aged("shared")
    _gone_by(found, "900 days")
    with connect("steward") as steward:
        stand(steward, found.slug)
        name_rows(steward, [found.tenant.bindings[found.model]])
        sql = f"DELETE FROM {BINDINGS} WHERE id = %s"
        row = [found.tenant.bindings[found.model]]
        assert outcome(steward, sql, row) == ("", [], 0)
        # Nor does it for whoever stands as another, and so sees nothing lie there.
        stand(steward, "globex")
        assert outcome(steward, sql, row) == ("", [], 0)
    assert _bindings(found) == 1


def test_nobody_is_bound_to_what_is_empty(committed: None) -> None:
    """The key of a binding holds its environment, whatever the decision says."""
    found = aged("shared")
    _gone_by(found, "900 days")
    with connect("owner") as owner:
        state, _, _ = outcome(
            owner, f"DELETE FROM {ENVIRONMENTS} WHERE id = %s", [found.environment]
        )
    assert state == "23503"
