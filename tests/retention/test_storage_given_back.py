"""What has gone counts no more: the counter says what is there, whoever spends meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from apps.configurations.operations import draft_configuration
from apps.core import door
from apps.quotas.queries import ROW_BYTES
from apps.retention.runs import Wanted, run_retention
from tests.core.shell import manage
from tests.core.threads import meanwhile, together, until_somebody_waits
from tests.isolation.changes import release
from tests.isolation.logins import connect, outcome, rows, stand
from tests.quotas.limited import counted
from tests.retention.ages import USAGE, Aged, aged
from tests.retention.ended_rows import IN_PARTITION, make_ended, there
from tests.world import OPERATOR


def _old(model: str = "pool") -> Aged:
    found = aged(model)
    found.release_anew(4)
    found.retire("cart")
    found.age_all("800 days")
    return found


def _counted(found: Aged) -> tuple[int, int]:
    with found.entered():
        return counted()


def _purge(found: Aged) -> int:
    with door.using("steward"):
        ran = run_retention(Wanted(found.slug), actor=OPERATOR)
    assert not ran.is_wanting, ran.run.note
    return sum(entry.purged for entry in ran.entries)


@pytest.mark.parametrize("model", ["silo", "shared"])
def test_after_a_purge_the_counter_says_what_is_there(committed: None, model: str) -> None:
    found = _old(model)
    before, there = _counted(found)
    assert before == there
    assert _purge(found) > 0
    after, there = _counted(found)
    assert after == there
    # A service with its policy, two deployments with a step and two versions at the least.
    assert before - after > 8 * ROW_BYTES


def test_after_a_release_only_what_is_ended_and_not_purged_is_left_to_count(
    committed: None,
) -> None:
    found = _old()
    release(found.tenant.bindings[found.model])
    found.age_all("800 days")
    assert manage("run_retention", "--tenant", found.slug).code == 0
    with connect("owner") as owner:
        said = rows(owner, f"SELECT storage_bytes FROM {found.table(USAGE)}")
    ended = ("drift_findings_driftcheck", "drift_findings_ignorerule")
    assert said == [(ROW_BYTES * sum(found.count(table) for table in ended),)]
    assert said == [(2 * ROW_BYTES,)]


@pytest.mark.attacks("what has gone counts no more")
def test_a_purge_waits_for_who_spends_and_both_are_counted(committed: None) -> None:
    found = _old()
    with ThreadPoolExecutor(1) as pool, found.entered():
        draft_configuration(payload={"spent": "x" * 5000})
        purging = meanwhile(pool, lambda: _purge(found))
        until_somebody_waits()
    assert isinstance(purging.result(), int), purging.result()
    said, there = _counted(found)
    assert said == there


@pytest.mark.attacks("what has gone counts no more")
def test_spenders_and_a_purge_at_once_lose_nothing(committed: None) -> None:
    found = _old()

    def spend() -> UUID:
        with found.entered():
            identifier: UUID = draft_configuration(payload={"spent": "x" * 1000}).id
        return identifier

    *spent, purged = together(spend, spend, spend, lambda: _purge(found))
    assert all(isinstance(one, UUID) for one in spent), spent
    assert isinstance(purged, int), purged
    said, there = _counted(found)
    assert said == there


def test_the_steward_changes_the_counter_and_nothing_else_of_it(committed: None) -> None:
    found, other = aged("shared"), aged("shared")
    with connect("steward") as steward:
        stand(steward, found.slug)
        table = found.table(USAGE)
        assert outcome(steward, f"UPDATE {table} SET storage_bytes = 0")[2] == 1
        assert outcome(steward, f"UPDATE {table} SET tenant_id = 'x'")[0] == "42501"
        # It goes with its environment, and that stands.
        assert outcome(steward, f"DELETE FROM {table}")[2] == 0
        assert outcome(steward, f"UPDATE {table} SET storage_bytes = -1")[0] == "23514"
        mine = f"UPDATE {table} SET storage_bytes = 0 WHERE tenant_id = '{other.slug}'"
        assert outcome(steward, mine)[2] == 0


def test_what_has_ended_and_gone_counts_no_more(committed: None) -> None:
    found = aged("pool")
    made = make_ended(found, "800 days")
    with connect("owner") as owner:
        owner.execute(
            f"UPDATE {found.table(USAGE)} SET storage_bytes = storage_bytes + %s "
            "WHERE environment_id = %s".encode(),
            [len(IN_PARTITION) * ROW_BYTES, found.environment],
        )
    before, stored = _counted(found)
    assert before == stored
    assert _purge(found) >= len(made)
    assert there(found, made) == set()
    after, stored = _counted(found)
    assert after == stored
    assert before - after >= len(IN_PARTITION) * ROW_BYTES
