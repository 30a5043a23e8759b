"""Two hundred thousand due rows: a run that is killed again and again, and a hold in mid-purge."""

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from apps.core import door
from apps.core.access import Role
from apps.core.walls.classes import governed
from apps.retention.operations import place_hold
from apps.retention.runs import Wanted, run_retention
from benchmarks.old_rows import fill
from tests.core.doors import on_platform
from tests.core.threads import meanwhile
from tests.isolation.logins import connect, rows, stand
from tests.retention.ages import COVERAGE, POLICIES, PRODUCTS, SERVICES, STEPS, Aged, aged
from tests.retention.certificates import bodies, exported, leaves, run, verified
from tests.retention.processes import WORKER, begin_run, place
from tests.world import World

# The newest deployment stays, with its configuration: it was replaced by a young one.
DUE = {
    "configuration-version": 20_001, "deployment-history": 20_001, "retired-service": 50_000,
    "health-result": 60_000, "drift-finding": 50_000,
}  # fmt: skip
# A day younger than the shortest window: all of it stays.
YOUNG = dict.fromkeys(DUE, 500)
KILLS = 20
Ids = dict[str, set[UUID]]


def _there(found: Aged) -> Ids:
    """The rows of every class, as the owner sees them."""
    return {name: found.ids(table) for name, (table, _) in governed().items()}


def _due(found: Aged) -> Ids:
    """As the steward is told of the end: what goes itself keeps nothing."""
    with connect("steward") as steward:
        stand(steward, found.slug)
        statement = (
            "SELECT id FROM app.why(%s, %s, p_past => true, p_foretell => true) "
            "WHERE kept_by IS NULL"
        )
        return {
            name: {row for (row,) in rows(steward, statement, [found.schema, name])}
            for name in governed()
        }


def _less(whole: Mapping[str, set[UUID]], part: Mapping[str, set[UUID]]) -> Ids:
    return {name: whole[name] - part[name] for name in whole}


@pytest.mark.attacks("nothing goes early")
def test_a_run_killed_at_twenty_moments_leaves_each_row_whole_or_certified_once(
    committed: None, tmp_path: Path
) -> None:
    found = aged()
    fill(place(found), YOUNG, at=datetime.now(UTC) - timedelta(days=29), searched=False)
    fill(place(found), DUE, searched=False)
    there, due = _there(found), _due(found)
    assert sum(map(len, due.values())) == 200_000
    kept = _less(there, due)
    assert all(len(kept[name]) >= count for name, count in YOUNG.items())
    for _ in range(KILLS):
        process = begin_run(found.slug)
        process.join(random.uniform(0.05, 0.9))
        process.kill()
        process.join()
        # Whenever it is looked at: what is not due is there, and what has gone has its leaf.
        assert not _less(kept, _there(found))["retired-service"]
    left = sum(map(len, _there(found).values())) - sum(map(len, kept.values()))
    assert 0 < left < 200_000
    last = run(found)

    assert _there(found) == kept
    gone = leaves(found)
    assert len(gone) == 200_000
    assert {name: {row for c, row, _ in gone if c == name} for name in due} == due
    for table, column, source in (
        (POLICIES, "service_id", SERVICES), (COVERAGE, "service_id", SERVICES),
        (STEPS, "deployment_id", "deployments_runtimedeployment"),
        (PRODUCTS, "deployment_id", "deployments_runtimedeployment"),
    ):  # fmt: skip
        assert _orphans(found, table, column, source) == 0, table
    told = bodies(found)
    assert sum(body["leaves"]["count"] for body in told) == 200_000
    assert [body["run"]["interrupted"] for body in told] == [True] * (len(told) - 1) + [False]
    assert told[-1]["run"]["runId"] == last
    for body in told:
        run_id = body["run"]["runId"]
        certificate = exported(found, run_id)
        of_run = exported(found, run_id, "--leaves")
        assert verified(tmp_path, certificate, leaves=of_run).code == 0, run_id


def _orphans(found: Aged, table: str, column: str, source: str) -> int:
    with connect("owner") as owner:
        ((count,),) = rows(
            owner,
            f"SELECT count(*) FROM {found.table(table)} f WHERE tenant_id = %s AND NOT EXISTS "
            f"(SELECT FROM {found.table(source)} s WHERE s.id = f.{column})",
            [found.slug],
        )
    return int(count)


@pytest.mark.attacks("a hold binds at once")
def test_a_hold_placed_in_the_middle_keeps_every_row_that_is_still_there(
    world: World, committed: None
) -> None:
    found = aged()
    fill(place(found), {"retired-service": 200_000}, searched=False)
    whole = found.count(SERVICES)

    def purge() -> Any:
        with door.using("steward"):
            return run_retention(Wanted(found.slug, "retired-service"), actor=WORKER)

    with ThreadPoolExecutor(1) as pool:
        purging = meanwhile(pool, purge)
        while found.count(SERVICES) == whole:
            time.sleep(0.005)
        asked = time.monotonic()
        with on_platform(world, Role.GOVERNANCE_OFFICER):
            place_hold(
                tenant_id=found.slug, data_classes=["retired-service"], matter="m", reason="r"
            )
        waited = time.monotonic() - asked
        left = found.count(SERVICES)
        ran = purging.result()
    assert not isinstance(ran, BaseException), ran
    # The two that live are no more than a beginning.
    assert 2 < left < whole
    assert found.count(SERVICES) == found.count(POLICIES) == left
    assert ran.entries[0].purged == whole - left
    assert waited < 2
