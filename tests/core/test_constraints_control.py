"""What the control plane's tables take from nobody, and what a partition's newer ones do not.

Each constraint is met by the owner itself, with the trigger out of the way that would refuse first;
runtime is refused by it, or before it by a grant, a policy or the trigger.
"""

import json
from typing import Any

import pytest

from apps.core.ids import uuid7
from apps.overview.models import COUNTS
from tests.core.doors import inside, rolled_back_as, run
from tests.core.test_constraints import BEFORE, BROKEN, refusal, row
from tests.retention import records
from tests.world import World

ACME, PLATFORM, HOUR = "acme", "platform", "2030-01-01T00:30:00Z"
MADE, LATER = "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"
SOMEBODY, ANOTHER = str(uuid7()), str(uuid7())

CLIENT: dict[str, Any] = {
    "tenant_id": ACME, "name": "x", "token_hash": "\\x0123", "prefix": "x", "scopes": [],
    "created_at": MADE,
}  # fmt: skip
INVITATION: dict[str, Any] = {
    "tenant_id": ACME, "email": "x@x.test", "role": "tenant-viewer", "token_hash": "\\x01",
    "status": "Pending", "created_at": MADE, "expires_at": HOUR,
}  # fmt: skip
PROPOSAL: dict[str, Any] = {
    "tenant_id": PLATFORM, "status": "Proposed", "reason": "x", "proposed_by": SOMEBODY,
    "created_at": MADE,
}  # fmt: skip
VISIT: dict[str, Any] = {
    "tenant_id": ACME, "reason": "x", "started_at": MADE, "ends_at": HOUR,
}  # fmt: skip
FREEZE: dict[str, Any] = {
    "tenant_id": ACME, "scope": "tenant", "project_id": "", "time_zone": "", "reason": "x",
    "override_role": "", "status": "Standing", "created_by": "x", "created_at": MADE,
    "starts_at": MADE, "ends_at": HOUR,
}  # fmt: skip
WEEKLY = {
    "starts_at": None, "ends_at": None, "weekdays": [1], "from_time": "01:00",
    "until_time": "02:00",
}  # fmt: skip
JOB: dict[str, Any] = {
    "tenant_id": PLATFORM, "name": "x", "started_at": MADE, "result": "", "failure": "",
}  # fmt: skip
COUNT: dict[str, Any] = {
    "tenant_id": ACME, "environment_id": SOMEBODY, "counted_at": MADE, **dict.fromkeys(COUNTS, 0),
}  # fmt: skip
BACKLOG: dict[str, Any] = {
    "tenant_id": PLATFORM,
    "of_tenant": ACME,
    "data_class": "of a case",
    "due": 1,
    "kept": 0,
    "oldest_due_at": MADE,
    "counted_at": MADE,
}
ALERT: dict[str, Any] = {
    "tenant_id": PLATFORM, "kind": "overdue", "of_tenant": ACME, "data_class": "of a case",
    "told": "x", "raised_at": MADE,
}  # fmt: skip
KEPT: dict[str, Any] = {
    "tenant_id": ACME, "client_id": SOMEBODY, "key": "x", "fingerprint": "x", "request_id": "x",
    "headers": {}, "body": "", "made_at": MADE,
}  # fmt: skip
DECIDED = {"status": "Confirmed", "decided_at": HOUR}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "api_client_expires_later": ("people_apiclient", CLIENT, {"expires_at": "2001-01-01Z"}),
    "invitation_status": ("people_invitation", INVITATION, {"status": "Lost", "decided_at": HOUR}),
    "invitation_lower": ("people_invitation", INVITATION, {"email": "X@x.test"}),
    "invitation_expires": ("people_invitation", INVITATION, {"expires_at": LATER}),
    "invitation_decided": ("people_invitation", INVITATION, {"decided_at": HOUR}),
    "invitation_role_place": ("people_invitation", INVITATION, {"role": "platform-viewer"}),
    "people_invitation.tenant_id exists": ("people_invitation", INVITATION, {"tenant_id": "no"}),
    "officer_proposal_place": ("people_officerproposal", PROPOSAL, {"tenant_id": ACME}),
    "officer_proposal_status": (
        "people_officerproposal", PROPOSAL, {**DECIDED, "status": "Lost", "decided_by": ANOTHER}),
    "officer_proposal_decided": ("people_officerproposal", PROPOSAL, {"decided_at": HOUR}),
    "officer_proposal_takes_two": (
        "people_officerproposal", PROPOSAL, {**DECIDED, "decided_by": SOMEBODY}),
    "people_officerproposal.person_id exists": (
        "people_officerproposal", PROPOSAL, {"person_id": ANOTHER}),
    "visit_an_hour_at_most": ("people_visit", VISIT, {"ends_at": LATER}),
    "visit_elevated_by_another": ("people_visit", VISIT, {"elevated_at": HOUR}),
    "visit_of_a_tenant": ("people_visit", VISIT, {"tenant_id": PLATFORM}),
    "visit_has_a_reason": ("people_visit", VISIT, {"reason": ""}),
    "people_visit.tenant_id exists": ("people_visit", VISIT, {"tenant_id": "nobody"}),
    "people_visit.person_id exists": ("people_visit", VISIT, {"person_id": ANOTHER}),
    "job_of_the_platform": ("upkeep_jobrecord", JOB, {"tenant_id": ACME}),
    "job_failure": ("upkeep_jobrecord", JOB, {"failed_at": HOUR}),
    "fleet_counts": ("overview_fleetcount", COUNT, {"stale": -1}),
    "fleet_parts": ("overview_fleetcount", COUNT, {"services": 2, "running": 1, "stale": 2}),
    "overview_fleetcount.tenant_id exists": ("overview_fleetcount", COUNT, {"tenant_id": "no"}),
    "backlog_of_the_platform": ("upkeep_backlog", BACKLOG, {"tenant_id": ACME}),
    "backlog_counts": ("upkeep_backlog", BACKLOG, {"kept": -1}),
    "backlog_oldest": ("upkeep_backlog", BACKLOG, {"oldest_due_at": None}),
    "alert_of_the_platform": ("upkeep_alert", ALERT, {"tenant_id": ACME}),
    "alert_kind": ("upkeep_alert", ALERT, {"kind": "hope"}),
    "alert_tells": ("upkeep_alert", ALERT, {"told": ""}),
    "freeze_scope": ("freezes_freeze", FREEZE, {"project_id": "x"}),
    "freeze_window": ("freezes_freeze", FREEZE, {"ends_at": None}),
    "freeze_choices": ("freezes_freeze", FREEZE, {"override_role": "hope"}),
    "freeze_ended_at": ("freezes_freeze", FREEZE, {"ended_at": HOUR}),
    "freeze_time_zone": ("freezes_freeze", FREEZE, {**WEEKLY, "time_zone": "Nowhere/At_all"}),
    "freezes_freeze.tenant_id exists": ("freezes_freeze", FREEZE, {"tenant_id": "nobody"}),
    "kept_answer_of_a_success": ("api_keptanswer", KEPT, {"status": 409}),
    "kept_answer_whole": ("api_keptanswer", KEPT, {"key": ""}),
    "api_keptanswer.tenant_id exists": ("api_keptanswer", KEPT, {"tenant_id": "nobody"}),
}  # fmt: skip
ALL = [pytest.param(name, *case, id=name) for name, case in CASES.items()]
MISSING_KEY = "23503"
# The check asks PostgreSQL for the zone, which knows none of that name.
NO_SUCH_ZONE = "22023"
# The trigger puts the clock right instead of refusing: what is wrong is never stored.
PUT_RIGHT = ("freeze_ended_at", "deployment_deadline_at")


def insert(table: str, values: dict[str, Any], schema: str = "public") -> tuple[str, str]:
    """Only the columns that are given, so that runtime's grants are not what is tried."""
    columns = ", ".join(f'"{name}"' for name in values)
    target = f'"{schema}".{table}'
    return refusal(
        f"INSERT INTO {target} ({columns}) SELECT {columns} "
        f"FROM jsonb_populate_record(NULL::{target}, %s)",
        [json.dumps(values)],
    )


def a_person() -> str:
    return str(run("SELECT id FROM public.people_person ORDER BY id LIMIT 1")[0][0])


@pytest.mark.attacks(
    "api_client_expires_later",
    "invitation_status",
    "invitation_lower",
    "invitation_expires",
    "invitation_decided",
    "invitation_role_place",
    "people_invitation.tenant_id exists",
    "officer_proposal_place",
    "officer_proposal_status",
    "officer_proposal_decided",
    "officer_proposal_takes_two",
    "people_officerproposal.person_id exists",
    "visit_an_hour_at_most",
    "visit_elevated_by_another",
    "visit_of_a_tenant",
    "visit_has_a_reason",
    "people_visit.tenant_id exists",
    "people_visit.person_id exists",
    "job_of_the_platform",
    "job_failure",
    "fleet_counts",
    "fleet_parts",
    "overview_fleetcount.tenant_id exists",
    "backlog_of_the_platform",
    "backlog_counts",
    "backlog_oldest",
    "alert_of_the_platform",
    "alert_kind",
    "alert_tells",
    "freeze_scope",
    "freeze_window",
    "freeze_choices",
    "freeze_ended_at",
    "freeze_time_zone",
    "freezes_freeze.tenant_id exists",
    "kept_answer_of_a_success",
    "kept_answer_whole",
    "api_keptanswer.tenant_id exists",
)
@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize(("name", "table", "base", "wrong"), ALL)
def test_no_row_of_the_control_plane_breaks_it(
    world: World, committed: None, login: str, name: str, table: str, base: dict[str, Any],
    wrong: dict[str, Any],
) -> None:  # fmt: skip
    with rolled_back_as(login), inside(world.acme, "shared"):
        values = {"id": str(uuid7()), **base}
        if table in ("people_visit", "people_officerproposal"):
            values["person_id"] = a_person()
        if login == "owner":
            run(f"ALTER TABLE public.{table} DISABLE TRIGGER guard")
            run("SET CONSTRAINTS ALL IMMEDIATE")
            assert insert(table, values) == ("", ""), "the row is right but for what is wrong"
        state, constraint = insert(table, {**values, **wrong})
    if login == "default":
        right = ("",) if name in PUT_RIGHT else ()
        assert state in (*BROKEN, *BEFORE, MISSING_KEY, NO_SUCH_ZONE, *right)
    elif name == "freeze_time_zone":
        assert state == NO_SUCH_ZONE
    elif name.endswith(" exists"):
        assert state == MISSING_KEY
    else:
        assert (state, constraint) == ("23514", name)


ONCE = [
    ("invitation_once", "people_invitation", INVITATION),
    ("officer_proposal_once", "people_officerproposal", PROPOSAL),
    ("job_once", "upkeep_jobrecord", JOB),
    ("fleet_count_once", "overview_fleetcount", COUNT),
    ("backlog_once", "upkeep_backlog", BACKLOG),
    ("alert_open_once", "upkeep_alert", ALERT),
    ("kept_answer_once", "api_keptanswer", KEPT),
]


@pytest.mark.attacks(
    "invitation_once",
    "officer_proposal_once",
    "job_once",
    "fleet_count_once",
    "backlog_once",
    "alert_open_once",
    "kept_answer_once",
)
@pytest.mark.parametrize(("name", "table", "base"), ONCE)
def test_of_two_that_are_alike_one_stands(
    world: World, committed: None, name: str, table: str, base: dict[str, Any]
) -> None:
    with rolled_back_as("owner"), inside(world.acme, "shared"):
        person = {"person_id": a_person()} if table == "people_officerproposal" else {}
        run(f"ALTER TABLE public.{table} DISABLE TRIGGER guard")
        first = {"id": str(uuid7()), **base, **person}
        columns = ", ".join(f'"{name}"' for name in first)
        run(
            f"INSERT INTO public.{table} ({columns}) SELECT {columns} "
            f"FROM jsonb_populate_record(NULL::public.{table}, %s)",
            [json.dumps(first)],
        )
        second = {**first, "id": str(uuid7())}
        if "token_hash" in second:
            second["token_hash"] = "\\x02"
        assert insert(table, second) == ("23505", name)


@pytest.mark.attacks("people_invitation.token_hash once")
def test_a_letters_token_stands_once(world: World, committed: None) -> None:
    with rolled_back_as("owner"), inside(world.acme, "shared"):
        run("ALTER TABLE public.people_invitation DISABLE TRIGGER guard")
        first = {"id": str(uuid7()), **INVITATION}
        columns = ", ".join(f'"{name}"' for name in first)
        run(
            f"INSERT INTO public.people_invitation ({columns}) SELECT {columns} "
            "FROM jsonb_populate_record(NULL::public.people_invitation, %s)",
            [json.dumps(first)],
        )
        another = {**first, "id": str(uuid7()), "email": "y@x.test"}
        assert insert("people_invitation", another)[0] == "23505"


CHANGES = {
    "deployment_deadline_at": "deadline_at = now()",
    "deployment_rollback_whole": "undoes_deployment_id = id",
    "deployment_bad_whole": "bad_reason = 'x'",
    "deployment_hold_whole": "hold_released_by = 'x', hold_released_at = now()",
}


@pytest.mark.attacks(
    "deployment_deadline_at",
    "deployment_rollback_whole",
    "deployment_bad_whole",
    "deployment_hold_whole",
)
@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize("name", CHANGES)
def test_no_half_of_a_fact_stands_with_a_deployment(
    world: World, committed: None, login: str, name: str
) -> None:
    with rolled_back_as(login), inside(world.acme, "shared"):
        if login == "owner":
            run("ALTER TABLE shared.deployments_runtimedeployment DISABLE TRIGGER guard")
        found = refusal(f"UPDATE shared.deployments_runtimedeployment SET {CHANGES[name]}")
    if login == "owner":
        assert found == ("23514", name)
    else:
        right = ("",) if name in PUT_RIGHT else ()
        assert found[0] in (*BROKEN, *BEFORE, *right)


@pytest.mark.attacks("usage_once")
def test_an_environment_has_one_row_of_usage(world: World, committed: None) -> None:
    with rolled_back_as("owner"), inside(world.acme, "shared"):
        again = {**row("quotas_usage"), "id": str(uuid7())}
        assert insert("quotas_usage", again, "shared") == ("23505", "usage_once")


@pytest.mark.attacks("usage_counts")
@pytest.mark.parametrize("login", ["owner", "default"])
def test_nobody_uses_less_than_nothing(world: World, committed: None, login: str) -> None:
    with rolled_back_as(login), inside(world.acme, "shared"):
        change = "UPDATE shared.quotas_usage SET storage_bytes = -1"
        assert refusal(change) == ("23514", "usage_counts")


@pytest.mark.attacks(
    "upkeep_jobrecord.tenant_id exists",
    "upkeep_backlog.tenant_id exists",
    "upkeep_alert.tenant_id exists",
)
@pytest.mark.parametrize(
    ("name", "base"), [("jobrecord", JOB), ("backlog", BACKLOG), ("alert", ALERT)]
)
def test_what_is_the_platforms_is_of_a_tenant_that_is_there(
    world: World, committed: None, name: str, base: dict[str, Any]
) -> None:
    table, place = f"upkeep_{name}", f"{name.removesuffix('record')}_of_the_platform"
    with rolled_back_as("owner"), inside(world.acme, "shared"):
        run(f"ALTER TABLE public.{table} DISABLE TRIGGER guard")
        run(f"ALTER TABLE public.{table} DROP CONSTRAINT {place}")
        run("SET CONSTRAINTS ALL IMMEDIATE")
        wrong = {"id": str(uuid7()), **base, "tenant_id": "nobody"}
        assert insert(table, wrong)[0] == MISSING_KEY


@pytest.mark.attacks("people_officerproposal.tenant_id exists", "officer_proposal_place")
def test_an_officer_is_proposed_on_the_platform_alone(world: World, committed: None) -> None:
    """The place is checked before the key could be: no other tenant gets as far."""
    with rolled_back_as("owner"), inside(world.acme, "shared"):
        run("ALTER TABLE public.people_officerproposal DISABLE TRIGGER guard")
        run("SET CONSTRAINTS ALL IMMEDIATE")
        wrong = {"id": str(uuid7()), **PROPOSAL, "person_id": a_person(), "tenant_id": "nobody"}
        assert insert("people_officerproposal", wrong) == ("23514", "officer_proposal_place")
        run("ALTER TABLE public.people_officerproposal DROP CONSTRAINT officer_proposal_place")
        assert insert("people_officerproposal", wrong)[0] == MISSING_KEY


TRAIL: dict[str, tuple[str, dict[str, Any]]] = {
    "audit_number_positive": ("core_auditentry", {"number": 0}),
    "audit_number": ("core_auditentry", {}),
    "audit_detail": ("core_auditdetail", {}),
    "audit_detail_kind": ("core_auditdetail", {"kind": "hope"}),
    "core_auditdetail_entry_fk": ("core_auditdetail", {"entry_id": ANOTHER}),
    "audit_head": ("core_audithead", {}),
}


@pytest.mark.attacks(
    "audit_number_positive",
    "audit_number",
    "audit_detail",
    "audit_detail_kind",
    "core_auditdetail_entry_fk",
    "audit_head",
)
@pytest.mark.parametrize("schema", ["public", "shared"])
@pytest.mark.parametrize("name", TRAIL)
def test_no_row_of_the_trail_breaks_it(
    world: World, committed: None, name: str, schema: str
) -> None:
    table, wrong = TRAIL[name]
    with rolled_back_as("owner"), inside(world.acme, "shared"):
        run(f"ALTER TABLE {schema}.{table} DISABLE TRIGGER USER")
        copied = {**row(table, schema), "id": str(uuid7()), **wrong}
        state, constraint = insert(table, copied, schema)
        assert state in (*BROKEN, MISSING_KEY)
        assert constraint == name


SEALED: dict[str, tuple[str, dict[str, Any]]] = {
    "sealed_number_positive": ("tenants_sealedentry", {"number": 0}),
    "sealed_number": ("tenants_sealedentry", {}),
    "sealed_detail": ("tenants_sealeddetail", {}),
    "sealed_detail_kind": ("tenants_sealeddetail", {"kind": "hope"}),
    "tenants_sealeddetail_entry_fk": ("tenants_sealeddetail", {"entry_id": ANOTHER}),
    "sealed_head": ("tenants_sealedhead", {}),
}


@pytest.mark.attacks(
    "sealed_number_positive",
    "sealed_number",
    "sealed_detail",
    "sealed_detail_kind",
    "tenants_sealeddetail_entry_fk",
    "sealed_head",
)
@pytest.mark.parametrize("name", SEALED)
def test_no_row_of_a_sealed_chain_breaks_it(world: World, committed: None, name: str) -> None:
    table, wrong = SEALED[name]
    with rolled_back_as("owner"), inside(world.acme, "shared"):
        for statement in records.statements("acme"):
            run(statement)
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        copied = {**row(table, "public"), "id": str(uuid7()), **wrong}
        state, constraint = insert(table, copied)
        assert state in (*BROKEN, MISSING_KEY)
        assert constraint == name
