"""What the tables of retention take from nobody, the owner included.

The owner meets the constraint itself, with the trigger out of the way that would refuse first;
runtime is refused by it, or before it by a grant, a policy or the trigger.
"""

from typing import Any

import pytest

from apps.core.access import Role
from apps.core.ids import uuid7
from tests.core.doors import on_platform, rolled_back_as, run, sqlstate
from tests.core.machines import EXCEPTION, HOLD, RETURN, Machine
from tests.core.test_constraints import BEFORE, BROKEN
from tests.core.test_constraints_control import MISSING_KEY, insert
from tests.retention import records
from tests.world import World

MADE, LATER = "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"
SOMEBODY = str(uuid7())

POLICY: dict[str, Any] = {
    "tenant_id": "acme", "data_class": "step-log", "version": 99, "days": 400, "reason": "x",
    "set_by_label": "x", "created_at": MADE,
}  # fmt: skip
HELD: dict[str, Any] = {
    "tenant_id": "acme", "number": 9999, "data_classes": ["step-log"], "matter": "m",
    "reason": "r", "status": "Placed", "placed_by_label": "x", "placed_at": MADE,
    "lift_proposed_by_label": "", "lift_reason": "", "lifted_by_label": "",
}  # fmt: skip
ASKED: dict[str, Any] = {
    "tenant_id": "acme", "data_class": "step-log", "reason": "r", "legal_basis": "b",
    "lapses_at": LATER, "status": "Asked", "asked_by_label": "x", "asked_at": MADE,
    "decided_by_label": "", "decision_reason": "", "digest": "",
}  # fmt: skip
BACK: dict[str, Any] = {
    "tenant_id": "acme", "data_class": "step-log", "version": 99, "from_days": 400, "days": 90,
    "reason": "r", "status": "Asked", "asked_by_id": SOMEBODY, "asked_by_label": "x",
    "asked_at": MADE, "decided_by_label": "",
}  # fmt: skip
FROZEN: dict[str, Any] = {
    "tenant_id": "acme", "exception_id": SOMEBODY, "data_partition": "shared", "row_id": SOMEBODY,
    "digest": "x",
}  # fmt: skip
RUN: dict[str, Any] = {
    "tenant_id": "platform", "as_of": MADE, "dry_run": True, "only_tenant": "", "only_class": "",
    "started_by_kind": "operator", "started_by_label": "", "status": "Running", "note": "",
    "started_at": MADE,
}  # fmt: skip
ENTRY: dict[str, Any] = {
    "tenant_id": "acme", "run_id": SOMEBODY, "dry_run": True, "data_class": "step-log",
    "policy_versions": {}, "due": 0, "purged": 0, "tiered": 0, "bytes": 0, "held_back": {},
    "failed": "", "recorded_at": MADE,
}  # fmt: skip
LOG: dict[str, Any] = {
    "tenant_id": "acme", "environment_id": SOMEBODY, "run_id": SOMEBODY, "path": SOMEBODY,
    "bytes": 0, "sha256": "x", "removed_at": MADE,
}  # fmt: skip
ROLLUP: dict[str, Any] = {
    "tenant_id": "acme", "data_class": "ended", "there": 0, "in_use": 0, "held": 0,
    "held_by": {}, "more": False, "counted_at": MADE,
    **dict.fromkeys(("due_7", "due_30", "due_90", "due_365"), 0),
    **dict.fromkeys(("more_7", "more_30", "more_90", "more_365"), False),
}  # fmt: skip
ROWS = {
    "retention_retentionpolicy": POLICY, "retention_legalhold": HELD,
    "retention_governanceexception": ASKED, "retention_windowreturn": BACK,
    "retention_exceptedrow": FROZEN,
    "retention_retentionrun": RUN, "retention_retentionentry": ENTRY, "retention_removedlog": LOG,
    "retention_retentionrollup": ROLLUP,
}  # fmt: skip
LIFTED = {
    "status": "Lifted", "lifted_at": LATER, "lifted_by_id": SOMEBODY,
    "lift_proposed_by_id": str(uuid7()),
}  # fmt: skip
APPROVED = {"status": "Approved", "decided_by_id": SOMEBODY, "row_count": 1, "digest": "x"}
SPENT = {
    **APPROVED, "status": "Spent", "spent_by_run": SOMEBODY, "spent_at": LATER,
    "decided_at": LATER,
}  # fmt: skip
CONFIRMED = {"status": "Confirmed", "decided_at": LATER}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("retention_policy_counts", "retention_retentionpolicy", {"version": 0}),
    ("retention_policy_floor", "retention_retentionpolicy", {"days": 89}),
    ("retention_policy_floor", "retention_retentionpolicy", {"days": 36_601}),
    ("retention_policy_floor", "retention_retentionpolicy", {"data_class": "step-logs"}),
    ("hold_choices", "retention_legalhold", {"status": "Lost"}),
    ("hold_choices", "retention_legalhold", {"number": 0}),
    ("hold_lifted_at", "retention_legalhold", {"lifted_at": LATER}),
    ("hold_lifted_at", "retention_legalhold", {**LIFTED, "lifted_at": None}),
    ("hold_proposed_by", "retention_legalhold", {"status": "LiftProposed"}),
    ("hold_lifted_by_a_second", "retention_legalhold", {"lifted_by_id": SOMEBODY}),
    ("hold_lifted_by_a_second", "retention_legalhold", {**LIFTED, "lifted_by_id": None}),
    ("hold_lifted_by_a_second", "retention_legalhold", {**LIFTED, "lift_proposed_by_id": None}),
    ("hold_lifted_by_a_second", "retention_legalhold", {**LIFTED, "lift_proposed_by_id": SOMEBODY}),
    ("hold_classes", "retention_legalhold", {"data_classes": []}),
    ("hold_classes", "retention_legalhold", {"data_classes": ["step-log", "everything"]}),
    ("exception_status", "retention_governanceexception", {"status": "Lost"}),
    ("exception_lapses_later", "retention_governanceexception", {"lapses_at": "2001-01-01Z"}),
    ("exception_decided_by_another", "retention_governanceexception", {"status": "Refused"}),
    (
        "exception_decided_by_another", "retention_governanceexception",
        {**APPROVED, "asked_by_id": SOMEBODY},
    ),
    ("exception_frozen", "retention_governanceexception", {**APPROVED, "row_count": None}),
    ("exception_frozen", "retention_governanceexception", {**APPROVED, "row_count": -1}),
    ("exception_frozen", "retention_governanceexception", {**APPROVED, "digest": ""}),
    ("exception_spent", "retention_governanceexception", {"spent_by_run": SOMEBODY}),
    ("exception_spent", "retention_governanceexception", {**SPENT, "spent_by_run": None}),
    ("exception_spent", "retention_governanceexception", {**SPENT, "spent_at": None}),
    ("exception_spent", "retention_governanceexception", {**SPENT, "status": "Withdrawn"}),
    ("window_return_status", "retention_windowreturn", {"status": "Lost", "decided_at": LATER}),
    ("window_return_shortens", "retention_windowreturn", {"from_days": 90}),
    ("window_return_shortens", "retention_windowreturn", {"version": 1}),
    ("window_return_floor", "retention_windowreturn", {"days": 89}),
    ("window_return_floor", "retention_windowreturn", {"data_class": "step-logs"}),
    ("window_return_by_a_second", "retention_windowreturn", CONFIRMED),
    (
        "window_return_by_a_second", "retention_windowreturn",
        {**CONFIRMED, "decided_by_id": SOMEBODY},
    ),
    ("window_return_decided_at", "retention_windowreturn", {"status": "Declined"}),
    ("window_return_decided_at", "retention_windowreturn", {"decided_at": LATER}),
    ("exception_class", "retention_governanceexception", {"data_class": "everything"}),
    ("run_of_platform", "retention_retentionrun", {"tenant_id": "acme"}),
    ("run_status", "retention_retentionrun", {"status": "Lost", "ended_at": LATER}),
    ("run_ended_at", "retention_retentionrun", {"status": "Completed"}),
    ("run_ended_at", "retention_retentionrun", {"ended_at": LATER}),
    *[
        ("retention_entry_counts", "retention_retentionentry", {column: -1})
        for column in ("due", "purged", "tiered", "bytes")
    ],
    *[
        ("retention_rollup_counts", "retention_retentionrollup", {column: -1})
        for column in ("there", "in_use", "held", "due_7", "due_30", "due_90", "due_365")
    ],
]  # fmt: skip


def _as(login: str, table: str) -> None:
    if login == "owner":
        run(f"ALTER TABLE public.{table} DISABLE TRIGGER USER")
        run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.attacks(
    "retention_policy_counts",
    "retention_policy_floor",
    "hold_choices",
    "hold_lifted_at",
    "hold_proposed_by",
    "hold_lifted_by_a_second",
    "hold_classes",
    "exception_status",
    "exception_lapses_later",
    "exception_decided_by_another",
    "exception_frozen",
    "exception_class",
    "exception_spent",
    "window_return_status",
    "window_return_shortens",
    "window_return_floor",
    "window_return_by_a_second",
    "window_return_decided_at",
    "run_of_platform",
    "run_status",
    "run_ended_at",
    "retention_entry_counts",
    "retention_rollup_counts",
)
@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize(("name", "table", "wrong"), CASES)
def test_no_row_breaks_it(
    world: World, committed: None, login: str, name: str, table: str, wrong: dict[str, Any]
) -> None:
    with rolled_back_as(login), on_platform(world, Role.GOVERNANCE_OFFICER):
        _as(login, table)
        values = {"id": str(uuid7()), **ROWS[table]}
        if login == "owner":
            assert insert(table, values) == ("", ""), "the row is right but for what is wrong"
        state, constraint = insert(table, {**values, **wrong})
    if login == "owner":
        assert (state, constraint) == ("23514", name)
    else:
        assert state in (*BROKEN, *BEFORE)


@pytest.mark.attacks(
    "retention_policy_version",
    "hold_number",
    "excepted_row_once",
    "retention_entry_once",
    "removed_log_once",
    "retention_rollup_once",
)
@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("retention_policy_version", "retention_retentionpolicy"),
        ("hold_number", "retention_legalhold"),
        ("excepted_row_once", "retention_exceptedrow"),
        ("retention_entry_once", "retention_retentionentry"),
        ("removed_log_once", "retention_removedlog"),
        ("retention_rollup_once", "retention_retentionrollup"),
    ],
)
def test_of_two_that_are_alike_one_stands(
    world: World, committed: None, name: str, table: str
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        run("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in records.statements("acme"):
            run(statement)
        _as("owner", table)
        copied = (
            f"INSERT INTO public.{table} SELECT (jsonb_populate_record(NULL::public.{table}, "
            "to_jsonb(t) || jsonb_build_object('id', gen_random_uuid()))).* "
            f"FROM public.{table} t WHERE tenant_id = 'acme' LIMIT 1"
        )
        assert sqlstate(copied) == "23505"
        run(f"ALTER TABLE public.{table} DROP CONSTRAINT {name}")
        assert sqlstate(copied) == ""


@pytest.mark.attacks(
    "retention_retentionpolicy.tenant_id exists",
    "retention_legalhold.tenant_id exists",
    "retention_governanceexception.tenant_id exists",
    "retention_windowreturn.tenant_id exists",
    "retention_exceptedrow.tenant_id exists",
    "retention_retentionrun.tenant_id exists",
    "retention_retentionentry.tenant_id exists",
    "retention_removedlog.tenant_id exists",
    "retention_retentionrollup.tenant_id exists",
)
@pytest.mark.parametrize("table", ROWS)
def test_it_is_of_a_tenant_that_is_there(world: World, committed: None, table: str) -> None:
    with rolled_back_as("owner"), on_platform(world):
        _as("owner", table)
        if table == "retention_retentionrun":
            # No other tenant gets as far as the key.
            run(f"ALTER TABLE public.{table} DROP CONSTRAINT run_of_platform")
        wrong = {"id": str(uuid7()), **ROWS[table], "tenant_id": "nobody"}
        if "path" in wrong:
            wrong["path"] = "nobody/x"
        assert insert(table, wrong)[0] == MISSING_KEY


WHILE = [
    (machine, column, states)
    for machine, columns, states in (
        (HOLD, ("lift_proposed_by_id", "lift_proposed_by_label", "lift_reason"), {"Placed"}),
        (HOLD, ("lifted_by_id", "lifted_by_label"), {"LiftProposed"}),
        (
            EXCEPTION,
            ("decided_by_id", "decided_by_label", "decision_reason", "row_count", "digest"),
            {"Asked"},
        ),
        (RETURN, ("decided_by_id", "decided_by_label"), {"Asked"}),
    )
    for column in columns
]


@pytest.mark.attacks(
    "retention_legalhold: lift_proposed_by_id while",
    "retention_legalhold: lift_proposed_by_label while",
    "retention_legalhold: lift_reason while",
    "retention_legalhold: lifted_by_id while",
    "retention_legalhold: lifted_by_label while",
    "retention_governanceexception: decided_by_id while",
    "retention_governanceexception: decided_by_label while",
    "retention_governanceexception: decision_reason while",
    "retention_governanceexception: row_count while",
    "retention_governanceexception: digest while",
    "retention_windowreturn: decided_by_id while",
    "retention_windowreturn: decided_by_label while",
)
@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize(("machine", "column", "states"), WHILE)
def test_who_signed_and_for_what_changes_only_while_it_is_being_signed(
    world: World, committed: None, login: str, machine: Machine, column: str, states: set[str]
) -> None:
    value = {"row_count": "7"}.get(column, "gen_random_uuid()")
    change = f"UPDATE {machine.table} SET {column} = {value} WHERE id = %s"
    with rolled_back_as(login), machine.behind(world):
        for state in machine.states:
            identifier, _ = machine.bring_to(world, state)
            found = sqlstate(change, [identifier])
            if state not in states:
                # Runtime has no grant on what the database freezes.
                assert found == "RP422" or (login == "default" and found == "42501"), state
            elif login == "owner":
                # Nobody has lifted it before it is lifted.
                assert found == ("23514" if column == "lifted_by_id" else ""), state


@pytest.mark.attacks("retention_retentionentry: rising")
@pytest.mark.parametrize("column", ["purged", "bytes"])
def test_what_a_run_has_done_never_becomes_less(world: World, committed: None, column: str) -> None:
    with rolled_back_as("owner"), on_platform(world):
        for statement in records.statements("acme"):
            run(statement)
        # What is certified does not become more either: tests/retention/test_certificates.py.
        change = f"UPDATE retention_retentionentry SET {column} = {column} {{}} WHERE dry_run"
        run(change.format("+ 2"))
        assert sqlstate(change.format("- 1")) == "RP422"
        assert sqlstate(change.format("+ 0")) == ""
