"""The forecast of a day is, row for row, what the run of that day does."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from apps.core.walls.classes import governed
from apps.retention.operations import lift_hold, place_hold, propose_lift, set_retention
from apps.retention.returns import ask_return, confirm_return
from apps.tenant_bindings.context import enter_platform
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.isolation.changes import release
from tests.isolation.logins import connect, rows, stand
from tests.retention.ages import CLOCKS, Aged, aged
from tests.retention.governed import OFFICER, as_owner
from tests.retention.officers import the_second_officer
from tests.world import World

Found = dict[str, set[UUID]]


def _foretold(found: Aged, at: datetime) -> Found:
    """What the forecast counts, by the same question."""
    with connect("steward") as steward:
        stand(steward, found.slug)
        return {
            name: {
                row
                for row, kept_by in rows(
                    steward,
                    "SELECT id, kept_by FROM app.why(%s, %s, p_at => %s, p_past => true, "
                    "p_foretell => true)",
                    [found.schema, name, at],
                )
                if kept_by is None
            }
            for name in governed()
        }


def _there(found: Aged) -> Found:
    return {name: found.ids(table) for name, (table, _) in governed().items()}


def _days_pass(found: Aged, days: int) -> None:
    """Every clock of the tenant stands as it will: what has been lies so much further back."""
    by = f"- interval '{days * 24} hours'"
    as_owner(
        *[
            f"UPDATE {found.table(table)} SET {', '.join(f'{c} = {c} {by}' for c in columns)} "
            f"WHERE tenant_id = '{found.slug}'"
            for table, columns in CLOCKS.items()
        ],
        f"UPDATE retention_legalhold SET lifted_at = lifted_at {by} "
        f"WHERE tenant_id = '{found.slug}' AND lifted_at IS NOT NULL",
        f"UPDATE retention_retentionpolicy SET in_force_at = in_force_at {by} "
        f"WHERE tenant_id = '{found.slug}'",
    )


def _governed_tenant(world: World, model: str, *, released: bool) -> Aged:
    """Rows of many ages, a hold that is lifted, one that stands, a way back under way."""
    second = the_second_officer()
    found = aged(model)
    found.release_anew(4)
    found.retire("cart")
    found.resolve()
    if released:
        release(found.tenant.bindings[found.model])
    for table in CLOCKS:
        with connect("owner") as owner:
            statement = f"SELECT id FROM {found.table(table)} WHERE tenant_id = %s ORDER BY id"
            ids = [i for (i,) in rows(owner, statement, [found.slug])]
        for number, row in enumerate(ids):
            found.age(table, f"{(len(ids) - number) * 37} days", f"id = '{row}'")
    with on_platform(world, OFFICER):
        hold = place_hold(
            tenant_id=found.slug, data_classes=["drift-finding"], matter="m", reason="r"
        )
        propose_lift(hold.id, reason="settled")
        place_hold(
            tenant_id=found.slug, data_classes=["configuration-version"], matter="m", reason="r"
        )
        set_retention(tenant_id=found.slug, data_class="retired-service", days=3_000, reason="r")
        asked = ask_return(tenant_id=found.slug, data_class="retired-service", days=120, reason="r")
    with enter_platform(actor=second):
        lift_hold(hold.id)
        confirm_return(asked.id)
    return found


@pytest.mark.parametrize("released", [False, True], ids=["bound", "released"])
@pytest.mark.parametrize("days", [0, 2, 29, 31, 91, 200, 330, 400, 900])
def test_row_for_row(world: World, committed: None, days: int, released: bool) -> None:
    found = _governed_tenant(world, "pool", released=released)
    day = datetime.now(UTC) + timedelta(days=days)
    foretold = _foretold(found, day)
    told = manage(
        "run_retention", "--tenant", found.slug, "--dry-run", "--as-of", day.isoformat(),
        "--format", "json",
    )  # fmt: skip
    counts = {name: len(ids) for name, ids in foretold.items()}
    expected = {e["dataClass"]: e["due"] for e in told.json["entries"]}
    blobs = expected.pop("step-log")
    expected.pop("ended")  # test_what_ended_goes has rows of it
    assert expected == counts
    before = _there(found)
    _days_pass(found, days)
    done = manage("run_retention", "--tenant", found.slug, "--format", "json")
    assert done.code == 0, done.err
    after = _there(found)
    assert {name: before[name] - after[name] for name in before} == foretold
    purged = {e["dataClass"]: e["purged"] for e in done.json["entries"]}
    purged.pop("ended")
    assert purged == {**counts, "step-log": blobs}


def test_some_of_these_days_take_rows_and_some_keep_them(world: World, committed: None) -> None:
    """So that the comparison above compares something."""
    found = _governed_tenant(world, "pool", released=True)
    now = datetime.now(UTC)
    totals = [
        sum(len(ids) for ids in _foretold(found, now + timedelta(days=days)).values())
        for days in (0, 200, 900)
    ]
    assert totals == sorted(totals)
    assert len(set(totals)) == 3
