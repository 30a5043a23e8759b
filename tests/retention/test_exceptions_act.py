"""A run that names an exception lets go what was frozen and is as it was, and nothing else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from apps.core import door
from apps.core.access import Actor
from apps.core.errors import Forbidden, Refused
from apps.core.ids import uuid7
from apps.retention import purge as batches
from apps.retention.exceptions import approve_exception, refuse_exception, withdraw_exception
from apps.retention.operations import place_hold, set_retention
from apps.retention.runs import Wanted, run_retention
from tests.core.doors import on_platform, sqlstate
from tests.core.shell import manage
from tests.core.threads import meanwhile, until_somebody_waits
from tests.isolation.logins import Connection, connect, rows, stand
from tests.retention.ages import (
    DEPLOYMENTS,
    POLICIES,
    SERVICE_TABLES,
    SERVICES,
    Aged,
    aged,
    delete,
    name_rows,
)
from tests.retention.governed import OFFICER, approved, as_owner, asked, entry, run_by, status
from tests.world import World

WORKER = Actor("worker", label="runtime-inventory-worker")


def _covered(world: World, model: str = "pool") -> tuple[Aged, UUID, UUID]:
    """A tenant with a service retired today, and an exception that covers it."""
    found = aged(model)
    cart = found.retire("cart")
    return found, cart, approved(world, found)


@pytest.mark.parametrize("model", ["silo", "shared"])
def test_what_was_frozen_goes_and_the_exception_is_spent(
    world: World, committed: None, model: str
) -> None:
    found, cart, exception = _covered(world, model)
    found.retire("web")  # not covered: it was retired after the approval
    told = run_by(exception, "--dry-run")
    assert (entry(told)["due"], entry(told)["heldBack"]) == (1, {})
    assert status(exception) == "Approved"
    ended = run_by(exception)
    done = entry(ended)
    assert (done["due"], done["purged"], done["heldBack"]) == (1, 1, {})
    assert (done["tenantId"], done["dataClass"]) == (found.slug, "retired-service")
    assert ended.json["exceptionId"] == str(exception)
    assert cart not in found.ids(SERVICES)
    assert found.count(SERVICES) == found.count(POLICIES) == 1
    assert status(exception) == "Spent"
    with connect("owner") as owner:
        trail = rows(
            owner, "SELECT action FROM core_auditentry WHERE tenant_id = %s AND action IN "
            "('exception.spent', 'retention.purged') ORDER BY number", [found.slug],
        )  # fmt: skip
        spent = rows(
            owner, "SELECT spent_by_run::text, spent_at IS NOT NULL "
            "FROM retention_governanceexception WHERE id = %s", [exception],
        )  # fmt: skip
    assert trail == [("retention.purged",), ("exception.spent",)]
    assert spent == [(ended.json["runId"], True)]


@pytest.mark.attacks("an exception acts where a run names it")
def test_used_twice_it_is_refused(world: World, committed: None) -> None:
    found, _, exception = _covered(world)
    entry(run_by(exception))
    web = found.retire("web")
    again = run_by(exception)
    assert (again.code, "Spent" in again.err or "Spent" in str(again.json)) == (1, True)
    assert web in found.ids(SERVICES)
    with on_platform(world, OFFICER):
        for verb in (
            lambda: approve_exception(exception, reason="again"),
            lambda: refuse_exception(exception, reason="after all"),
            lambda: withdraw_exception(exception),
        ):
            with pytest.raises(Refused):
                verb()


@pytest.mark.attacks("an exception acts where a run names it")
def test_a_run_that_does_not_name_it_lets_nothing_go(world: World, committed: None) -> None:
    found, cart, exception = _covered(world)
    ended = manage("run_retention", "--tenant", found.slug, "--format", "json")
    assert {e["due"] for e in ended.json["entries"]} == {0}
    assert cart in found.ids(SERVICES)
    assert status(exception) == "Approved"


@pytest.mark.attacks("an exception lets go what has not changed")
def test_a_row_that_changed_after_the_approval_stays_and_is_told(
    world: World, committed: None
) -> None:
    found = aged()
    cart, web = found.retire("cart"), found.retire("web")
    exception = approved(world, found)
    with connect("owner") as owner:
        owner.execute(
            f"UPDATE {found.table(SERVICES)} SET endpoint_url = 'https://x.test' "
            "WHERE id = %s".encode(), [cart],
        )  # fmt: skip
    done = entry(run_by(exception))
    assert (done["due"], done["purged"], done["heldBack"]) == (1, 1, {"changed": 1})
    assert found.ids(SERVICES) == {cart}
    assert web not in found.ids(SERVICES)
    assert status(exception) == "Spent"


def test_what_has_gone_meanwhile_is_told(world: World, committed: None) -> None:
    found, cart, exception = _covered(world)
    found.age(SERVICES, "100 days", f"id = '{cart}'")
    assert manage("run_retention", "--tenant", found.slug).code == 0
    done = entry(run_by(exception))
    assert (done["due"], done["heldBack"]) == (0, {"gone": 1})
    assert status(exception) == "Spent"


def _hold(world: World, found: Aged) -> None:
    with on_platform(world, OFFICER):
        place_hold(tenant_id=found.slug, data_classes=["health-result"], matter="m", reason="r")


def _lengthen(data_class: str) -> Callable[[World, Aged], None]:
    def lengthen(world: World, found: Aged) -> None:
        with on_platform(world, OFFICER):
            set_retention(tenant_id=found.slug, data_class=data_class, days=800, reason="r")

    return lengthen


@pytest.mark.attacks("an exception shortens a window and nothing above it")
@pytest.mark.parametrize(
    ("tighten", "why"),
    [
        (_hold, "hold"),
        (_lengthen("retired-service"), "window"),
        (_lengthen("drift-finding"), "window"),
    ],
    ids=["a hold on what reads it", "a longer window", "a longer window of what reads it"],
)
def test_what_stands_above_it_keeps_the_row(
    world: World, committed: None, tighten: Any, why: str
) -> None:
    found, cart, exception = _covered(world)
    tighten(world, found)
    done = entry(run_by(exception))
    assert (done["due"], done["heldBack"]) == (0, {why: 1})
    assert cart in found.ids(SERVICES)
    assert status(exception) == "Spent"


@pytest.mark.attacks("an exception shortens a window and nothing above it")
def test_a_state_that_protects_keeps_the_row(world: World, committed: None) -> None:
    """The newest two deployments, and one that a service names; one of those between goes."""
    found = aged()
    found.release_anew(3)
    exception = approved(world, found, "deployment-history")
    kept = found.count(DEPLOYMENTS) - 1
    done = entry(run_by(exception))
    assert (done["purged"], done["heldBack"]) == (1, {"state": kept})
    assert found.count(DEPLOYMENTS) == kept


def _lapse(exception: UUID) -> None:
    as_owner(
        "UPDATE retention_governanceexception SET asked_at = now() - interval '9 days', "
        f"decided_at = now() - interval '8 days', lapses_at = now() - interval '1 second' "
        f"WHERE id = '{exception}'"
    )


@pytest.mark.attacks("an exception acts within its dates")
def test_one_that_has_lapsed_is_refused(world: World, committed: None) -> None:
    found, cart, exception = _covered(world)
    _lapse(exception)
    ended = run_by(exception)
    assert ended.code == 1
    assert "lapsed" in ended.err or "lapsed" in str(ended.json)
    assert cart in found.ids(SERVICES)


@pytest.mark.parametrize("verb", ["", "refuse", "withdraw"])
def test_one_that_is_not_approved_is_refused(world: World, committed: None, verb: str) -> None:
    found = aged()
    cart = found.retire("cart")
    exception = asked(found)
    with on_platform(world, OFFICER):
        if verb == "refuse":
            refuse_exception(exception, reason="no basis")
        elif verb == "withdraw":
            approve_exception(exception, reason="lawful")
            withdraw_exception(exception)
    assert run_by(exception).code == 1
    assert cart in found.ids(SERVICES)


def test_of_another_tenant_or_class_or_of_none_it_is_refused(world: World, committed: None) -> None:
    _, _, exception = _covered(world)
    assert run_by(exception, "--tenant", "acme").code == 1
    assert run_by(exception, "--data-class", "drift-finding").code == 1
    assert run_by(uuid7()).code == 1
    assert manage("run_retention", "--exception", "mine").code == 2
    assert status(exception) == "Approved"


def test_a_time_to_come_is_told_only_while_it_has_not_lapsed(world: World, committed: None) -> None:
    _, _, exception = _covered(world)
    told = []
    for days in (6, 8):
        later = (datetime.now(UTC) + timedelta(days=days)).isoformat()
        told.append(entry(run_by(exception, "--dry-run", "--as-of", later)))
    assert [(one["due"], one["heldBack"]) for one in told] == [(1, {}), (0, {"window": 1})]


def test_a_run_that_is_killed_is_resumed_by_one_that_names_it(
    world: World, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = aged()
    for module in ("cart", "web"):
        found.retire(module)
    exception = approved(world, found)

    class Killed(BaseException):
        pass

    real, calls = batches._batch, iter(range(9))

    def batch(work: Any) -> bool:
        if next(calls) == 1:
            raise Killed
        work.size = 1
        return real(work)

    monkeypatch.setattr(batches, "_batch", batch)
    with pytest.raises(Killed), door.using("steward"):
        run_retention(Wanted(exception_id=exception), actor=WORKER)
    monkeypatch.undo()
    assert found.count(SERVICES) == 1
    # The next of all takes it up and does not go by it.
    assert manage("run_retention", "--tenant", found.slug).code == 0
    assert (found.count(SERVICES), status(exception)) == (1, "Approved")
    done = entry(run_by(exception))
    assert (done["purged"], done["heldBack"]) == (1, {"gone": 1})
    assert (found.count(SERVICES), status(exception)) == (0, "Spent")


def test_one_that_is_withdrawn_in_the_middle_lets_no_further_row_go(
    world: World, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = aged()
    for module in ("cart", "web"):
        found.retire(module)
    exception = approved(world, found)
    real, calls = batches._batch, iter(range(9))

    def batch(work: Any) -> bool:
        work.size = 1
        if next(calls) == 1:
            as_owner(
                "UPDATE retention_governanceexception SET status = 'Withdrawn' "
                f"WHERE id = '{exception}'"
            )
        return real(work)

    monkeypatch.setattr(batches, "_batch", batch)
    with door.using("steward"):
        ran = run_retention(Wanted(exception_id=exception), actor=WORKER)
    assert ran.entries[0].purged == 1
    assert found.count(SERVICES) == 1
    assert status(exception) == "Withdrawn"


@pytest.mark.attacks("an exception acts where a run names it")
def test_a_delete_that_began_before_the_withdrawal_looks_anew_after_it(
    world: World, committed: None
) -> None:
    found, cart, exception = _covered(world)
    run, statement = uuid7(), f"DELETE FROM {found.table(POLICIES)} WHERE service_id = '{cart}'"
    with connect("steward") as steward, ThreadPoolExecutor(1) as pool:
        stand(steward, found.slug)
        named = {"run": run, "tenant": found.slug, "exception": exception}
        steward.execute(RUN.format(dry="false", **named).encode())
        steward.execute(f"SET LOCAL app.run = '{run}'".encode())
        name_rows(steward, [cart])
        with on_platform(world, OFFICER):
            withdraw_exception(exception)
            deleting = meanwhile(pool, lambda: steward.execute(statement.encode()).rowcount)
            until_somebody_waits()
        assert deleting.result() == 0
        steward.rollback()
    assert found.count(POLICIES) == 2


RUN = (
    "INSERT INTO retention_retentionrun (id, tenant_id, as_of, dry_run, only_tenant, only_class, "
    "exception_id, started_by_kind, started_by_label, status, note) VALUES ('{run}', 'platform', "
    "now(), {dry}, '{tenant}', 'retired-service', '{exception}', 'worker', '', 'Running', '')"
)


def _try(steward: Connection, found: Aged, cart: UUID, run: UUID) -> list[int]:
    steward.execute(f"SET LOCAL app.run = '{run}'".encode())
    name_rows(steward, [cart])
    return delete(steward, found, [cart], *SERVICE_TABLES)


@pytest.mark.attacks("an exception acts where a run names it")
def test_by_hand_the_steward_gets_no_further_than_a_run(world: World, committed: None) -> None:
    """A run of one's own making: none, a dry one, one that has ended, of another tenant."""
    found, cart, exception = _covered(world)
    other = aged()
    theirs = other.retire("cart")
    named = {"tenant": found.slug, "exception": exception}
    with connect("steward") as steward:
        stand(steward, found.slug)
        assert _try(steward, found, cart, uuid7()) == [0, 0]
        assert _try(steward, found, cart, exception) == [0, 0]
        dry = uuid7()
        steward.execute(RUN.format(run=dry, dry="true", **named).encode())
        assert _try(steward, found, cart, dry) == [0, 0]
        steward.rollback()
        stand(steward, found.slug)
        killed = uuid7()
        steward.execute(RUN.format(run=killed, dry="false", **named).encode())
        steward.execute(
            "UPDATE retention_retentionrun SET status = 'Interrupted' WHERE id = %s", [killed]
        )
        assert _try(steward, found, cart, killed) == [0, 0]
        steward.rollback()
        run = uuid7()
        stand(steward, other.slug)
        steward.execute(RUN.format(run=run, dry="false", **named).encode())
        # Rows of another tenant, though a run is at work for this one.
        assert _try(steward, other, theirs, run) == [0, 0]
        steward.rollback()
        # A time that has been makes it stricter: it was not approved then.
        stand(steward, found.slug)
        steward.execute(RUN.format(run=run, dry="false", **named).encode())
        steward.execute("SET LOCAL app.as_of = '2001-01-01Z'")
        assert _try(steward, found, cart, run) == [0, 0]
        steward.execute("SET LOCAL app.as_of = ''")
        # So it is the run alone that was missing above.
        assert _try(steward, found, cart, run) == [1, 1]
        steward.rollback()


@pytest.mark.attacks("an exception acts where a run names it")
def test_no_run_begins_by_an_exception_that_is_not_for_it(world: World, committed: None) -> None:
    found, _, exception = _covered(world)
    unasked = asked(found)
    with connect("steward") as steward:
        stand(steward, found.slug)
        for tenant, named in ((found.slug, unasked), ("acme", exception), (found.slug, uuid7())):
            statement = RUN.format(run=uuid7(), dry="false", tenant=tenant, exception=named)
            with pytest.raises(psycopg.Error) as refusal, steward.transaction():
                steward.execute(statement.encode())
            assert refusal.value.sqlstate == "RP409"
        run = uuid7()
        with steward.transaction():
            named = {"tenant": found.slug, "exception": exception}
            steward.execute(RUN.format(run=run, dry="false", **named).encode())
        for change in (f"exception_id = '{unasked}'", "exception_id = NULL", "dry_run = true"):
            with pytest.raises(psycopg.Error), steward.transaction():
                steward.execute(
                    f"UPDATE retention_retentionrun SET {change} WHERE id = '{run}'".encode()
                )
        steward.rollback()
    _lapse(exception)
    with connect("steward") as steward:
        stand(steward, found.slug)
        with pytest.raises(psycopg.Error) as refusal:
            steward.execute(
                RUN.format(
                    run=uuid7(), dry="false", tenant=found.slug, exception=exception
                ).encode()
            )
        assert refusal.value.sqlstate == "RP409"


@pytest.mark.attacks(
    "an exception is spent by the run that ended",
    "retention_governanceexception: spent_by_run while",
)
def test_nobody_spends_it_or_takes_that_back_by_hand(world: World, committed: None) -> None:
    found, _, exception = _covered(world)
    as_spent = (
        f"UPDATE retention_governanceexception SET status = 'Spent', spent_by_run = '{uuid7()}' "
        f"WHERE id = '{exception}'"
    )
    for login in ("owner", "steward", "default"):
        with connect(login) as connection:
            stand(connection, found.slug)
            with pytest.raises(psycopg.Error):
                assert connection.execute(as_spent.encode()).rowcount == 0
                raise psycopg.Error  # no row is no harm either
    assert status(exception) == "Approved"
    entry(run_by(exception))
    with connect("owner") as owner:
        for change in ("status = 'Approved'", "spent_by_run = NULL", f"spent_by_run = '{uuid7()}'"):
            with pytest.raises(psycopg.Error), owner.transaction():
                owner.execute(
                    f"UPDATE retention_governanceexception SET {change} "
                    f"WHERE id = '{exception}'".encode()
                )
    assert status(exception) == "Spent"


@pytest.mark.attacks("an exception is approved by another")
def test_nobody_asks_in_anothers_name_to_approve_it_then(world: World, rolled_back: None) -> None:
    statement = (
        "INSERT INTO retention_governanceexception (id, tenant_id, data_class, reason, "
        "legal_basis, lapses_at, status, asked_by_id, asked_by_label, decided_by_label, "
        "decision_reason, digest) VALUES (gen_random_uuid(), 'acme', 'retired-service', 'r', 'b', "
        "now() + interval '1 day', 'Asked', {}, '', '', '', '')"
    )
    with on_platform(world, OFFICER):
        for name in ("NULL", f"'{uuid7()}'"):
            assert sqlstate(statement.format(name)) == "42501"
        assert sqlstate(statement.format("app.person_id()")) == ""


def test_who_asked_does_not_approve(world: World, committed: None) -> None:
    with on_platform(world, OFFICER) as entered:
        mine = entered.actor.id
    found = aged()
    found.retire("cart")
    exception = asked(found)
    as_owner(
        f"UPDATE retention_governanceexception SET asked_by_id = '{mine}' WHERE id = '{exception}'"
    )
    with on_platform(world, OFFICER), pytest.raises(Forbidden):
        approve_exception(exception, reason="mine")
    assert run_by(exception).code == 1
