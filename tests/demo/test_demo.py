"""What somebody finds who runs the portal on an empty database."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from apps.core.access import PLATFORM_ROLES, TENANT_ROLES, TOKEN_SCOPES
from tests.demo.conftest import Installation

SCHEMAS = ("silo_tallowreed", "pool_kestrelhaul", "pool_brindlecart", "shared")


def everywhere(table: str, columns: str, rest: str = "") -> str:
    return " UNION ALL ".join(f"SELECT {columns} FROM {s}.{table} {rest}" for s in SCHEMAS)


def test_there_are_four_tenants_in_all_three_isolation_models(demo: Installation) -> None:
    bindings = demo.rows(
        "SELECT tenant_id, isolation_model, environment_name, data_partition, status"
        " FROM tenant_bindings_runtimetenantbinding ORDER BY isolation_model, tenant_id"
    )
    assert [row[:4] for row in bindings] == [
        ("brindlecart", "pool", "pool-prod", "pool_brindlecart"),
        ("kestrelhaul", "pool", "pool-prod", "pool_kestrelhaul"),
        ("ospreylane", "shared", "common-prod", "shared"),
        ("tallowreed", "shared", "common-prod", "shared"),
        ("tallowreed", "silo", "core-banking", "silo_tallowreed"),
    ]
    assert {row[4] for row in bindings} == {"Active"}
    tenants = demo.rows("SELECT tenant_id FROM tenants_tenant WHERE tenant_id <> 'platform'")
    assert {row[0] for row in tenants} == {row[0] for row in bindings}


def test_a_year_of_releases_is_there_with_old_times(demo: Installation) -> None:
    query = everywhere(
        "deployments_runtimedeployment", "tenant_id, status, created_at, finished_at"
    )
    rows = demo.rows(query)
    now = datetime.now(UTC)
    under_way = [row for row in rows if row[3] is None]
    assert [row[:2] for row in under_way] == [("tallowreed", "Configuring")]
    rows = [row for row in rows if row[3] is not None]
    assert all(created <= finished <= now for _, _, created, finished in rows)
    assert min(row[2] for row in rows) < now - timedelta(days=340)
    assert max(row[3] for row in rows) > now - timedelta(days=10)
    assert {row[1] for row in rows} == {"Completed", "Failed", "RolledBack"}
    for tenant, least in {
        "tallowreed": 36, "kestrelhaul": 24, "brindlecart": 20, "ospreylane": 12
    }.items():  # fmt: skip
        completed = [row for row in rows if row[:2] == (tenant, "Completed")]
        assert len(completed) >= least
        assert {"Failed"} <= {row[1] for row in rows if row[0] == tenant}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_order_of_ids_is_the_order_of_the_times(demo: Installation, schema: str) -> None:
    created = demo.rows(
        f"SELECT tenant_id, created_at FROM {schema}.deployments_runtimedeployment ORDER BY id"
    )
    for tenant in {row[0] for row in created}:
        times = [time for owner, time in created if owner == tenant]
        assert times == sorted(times)


@pytest.mark.parametrize("schema", ["public", *SCHEMAS])
def test_the_audit_trail_says_what_time_was_claimed(demo: Installation, schema: str) -> None:
    entries = demo.rows(f"SELECT at, claimed_at FROM {schema}.core_auditentry")
    assert len(entries) > 50
    assert all(claimed is not None and claimed <= at for at, claimed in entries)
    first, last = min(at for at, _ in entries), max(at for at, _ in entries)
    assert last - first < timedelta(hours=1)
    assert min(claimed for _, claimed in entries) < first - timedelta(days=340)


def test_one_environment_was_checked_for_drift(demo: Installation) -> None:
    findings = demo.rows(
        "SELECT path, kind, status FROM pool_brindlecart.drift_findings_runtimedriftfinding"
        " ORDER BY path"
    )
    assert findings == [
        ("/configMaps/storefront-settings/CHECKOUT_MAX_ITEMS", "configuration", "Open"),
        ("/services/basket/replicas", "replicas", "Open"),
        ("/services/debug-shell", "unexpected", "Open"),
        ("/services/orders/replicas", "replicas", "Resolved"),
        ("/services/storefront/image", "image", "Acknowledged"),
    ]
    outcomes = demo.rows(
        "SELECT outcome, opened, resolved FROM pool_brindlecart.drift_findings_driftcheck"
        " ORDER BY id"
    )
    assert outcomes == [("Findings", 1, 0), ("Findings", 4, 0), ("Findings", 0, 1)]
    assert demo.value("SELECT count(*) FROM pool_brindlecart.drift_findings_ignorerule") == 1


def test_services_are_in_every_state(demo: Installation) -> None:
    rows = demo.rows(everywhere("services_runtimeservice", "status, last_observed_at"))
    assert {status for status, _ in rows} == {"Running", "Degraded", "Stopped", "Retired"}
    assert any(seen is None for status, seen in rows if status == "Running")
    assert any(seen is not None for status, seen in rows if status == "Running")


def test_the_last_day_was_probed_up_to_now_and_no_further(demo: Installation) -> None:
    rows = demo.rows(
        everywhere(
            "health_results_healthcheckresult r",
            "service_id, status, checked_at, received_at, now()",
        )
    )
    assert len(rows) > 5000
    assert all(checked <= received <= now for _, _, checked, received, now in rows)
    last = max(row[2] for row in rows)
    assert last - min(row[2] for row in rows) > timedelta(hours=23)
    assert {row[1] for row in rows} == {"Healthy", "Degraded", "Unhealthy"}
    services = demo.rows(
        everywhere(
            "services_runtimeservice",
            "id, module_id, status, last_observed_at",
            "WHERE status <> 'Retired'",
        )
    )
    probed = {row[0] for row in rows}
    for identifier, name, status, seen in services:
        assert (identifier in probed) is (status != "Stopped" and seen is not None), name
    fresh = [row for row in services if row[3] and row[3] > last - timedelta(minutes=2)]
    assert len([row for row in fresh if row[2] == "Running"]) > 15
    assert {row[1] for row in fresh if row[2] == "Degraded"} == {"tracking", "reminders"}


def test_every_live_service_fits_its_policy_and_the_quota(demo: Installation) -> None:
    for schema in SCHEMAS:
        over = demo.rows(
            f"""SELECT s.module_id FROM {schema}.services_runtimeservice s
                LEFT JOIN {schema}.scaling_policies_scalingpolicy p ON p.service_id = s.id
                WHERE s.status <> 'Retired' AND s.replicas <> 0
                  AND (p.id IS NULL OR s.replicas NOT BETWEEN p.min_replicas AND p.max_replicas)"""
        )
        assert over == []
        short = demo.rows(
            f"""SELECT b.tenant_id FROM tenant_bindings_runtimetenantbinding b
                JOIN {schema}.services_runtimeservice s
                  ON s.environment_id = b.environment_id AND s.tenant_id = b.tenant_id
                 AND s.status <> 'Retired'
                JOIN {schema}.scaling_policies_scalingpolicy p ON p.service_id = s.id
                GROUP BY b.id HAVING sum(p.max_replicas) > b.quota_compute_replicas"""
        )
        assert short == []


def test_what_is_found_wrong_is_there(demo: Installation) -> None:
    (image, version), = demo.rows(
        "SELECT image, version FROM silo_tallowreed.services_runtimeservice"
        " WHERE module_id = 'statements-worker'"
    )  # fmt: skip
    assert image.endswith(":2.4.0")
    assert version != "2.4.0"
    assert demo.value(
        "SELECT status FROM pool_kestrelhaul.services_runtimeservice WHERE module_id = 'tracking'"
    ) == "Degraded"  # fmt: skip
    assert demo.value(
        "SELECT payload #>> '{tracking,upstreamTimeoutMs}'"
        " FROM pool_kestrelhaul.configurations_runtimeconfiguration WHERE status = 'Published'"
    ) == "3"  # fmt: skip
    assert demo.value(
        "SELECT min_replicas FROM pool_brindlecart.scaling_policies_scalingpolicy p"
        " JOIN pool_brindlecart.services_runtimeservice s ON s.id = p.service_id"
        " WHERE s.module_id = 'checkout'"
    ) == 0  # fmt: skip
    assert demo.value(
        "SELECT endpoint_url FROM shared.services_runtimeservice WHERE module_id = 'letters'"
    ).startswith("http://")


def test_a_rollback_goes_back_to_the_same_checksum(demo: Installation) -> None:
    pairs = demo.rows(
        "SELECT a.version, b.version FROM silo_tallowreed.configurations_runtimeconfiguration a"
        " JOIN silo_tallowreed.configurations_runtimeconfiguration b"
        " ON a.checksum = b.checksum AND a.version < b.version"
    )
    assert pairs


def test_a_rollback_says_what_it_undoes_and_returns_to(demo: Installation) -> None:
    table = "{0}.deployments_runtimedeployment"
    for schema in ("silo_tallowreed", "pool_brindlecart"):
        found = demo.rows(
            f"SELECT r.release_ref = t.release_ref, u.status, t.status, r.undoes_release_ref"
            f" = u.release_ref, r.hold_released_at > r.finished_at FROM {table.format(schema)} r"
            f" JOIN {table.format(schema)} u ON u.id = r.undoes_deployment_id"
            f" JOIN {table.format(schema)} t ON t.id = r.returns_to_deployment_id"
        )
        assert found == [(True, "RolledBack", "Completed", True, True)]


def test_one_release_is_marked_bad_and_two_freezes_stand(demo: Installation) -> None:
    bad = demo.rows(everywhere("deployments_runtimedeployment", "status, bad_reason",
                               "WHERE bad_reason <> ''"))  # fmt: skip
    assert bad == [("Completed", "queue grows faster than it is worked off")]
    freezes = demo.rows("SELECT tenant_id, scope, weekdays, status FROM freezes_freeze ORDER BY 1")
    assert freezes == [
        ("platform", "all", None, "Standing"),
        ("tallowreed", "project", [5, 6, 7], "Standing"),
    ]


def test_people_were_invited_proposed_and_looked_in(demo: Installation) -> None:
    assert demo.rows("SELECT tenant_id, role, status FROM people_invitation") == [
        ("tallowreed", "tenant-operator", "Pending")
    ]
    [(tenant, ended)] = demo.rows("SELECT tenant_id, ended_at FROM people_visit")
    assert tenant == "tallowreed"
    assert ended is not None
    assert demo.rows("SELECT status FROM people_officerproposal") == [("Proposed",)]


def test_step_logs_are_where_the_rows_say(demo: Installation) -> None:
    query = everywhere("deployments_deploymentstep", "log_path, log_bytes", "WHERE log_path <> ''")
    logs = demo.rows(query)
    assert len(logs) > 300
    for path, size in logs:
        file = demo.handed_over.parent / "step-logs" / path
        assert file.stat().st_size == size
    assert any("ERROR" in (demo.handed_over.parent / "step-logs" / p).read_text() for p, _ in logs)


def test_the_handover_is_readable_by_its_owner_alone(demo: Installation) -> None:
    assert stat.S_IMODE(demo.handed_over.stat().st_mode) == 0o600
    told = demo.told
    assert set(told) == {"people", "tokens"}
    assert all(set(p) == {"email", "password", "role", "tenant"} for p in told["people"])
    assert set(told["tokens"]) == {"tallowreed", "kestrelhaul", "brindlecart", "ospreylane"}


def test_there_are_people_of_every_role(demo: Installation) -> None:
    people = [(p["tenant"], p["role"]) for p in demo.told["people"]]
    assert {role for tenant, role in people if tenant == "tallowreed"} == set(TENANT_ROLES)
    assert {role for tenant, role in people if tenant is None} == set(PLATFORM_ROLES)
    assert people.count((None, "governance-officer")) == 2
    for tenant in ("kestrelhaul", "brindlecart", "ospreylane"):
        assert {"tenant-admin", "tenant-viewer"} == {role for t, role in people if t == tenant}
    assert len({p["email"] for p in demo.told["people"]}) == len(people)


def test_the_people_and_tokens_of_the_handover_open_the_door(demo: Installation) -> None:
    done = demo.python("-m", "tests.demo.as_the_people")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["viewer@tallowreed.example"] == seen["tallowreed"] > 15
    assert seen["admin@ospreylane.example"] == seen["ospreylane"] == 7


def test_a_token_carries_every_scope_of_its_tenant(demo: Installation) -> None:
    scopes = demo.rows("SELECT scopes FROM people_apiclient WHERE revoked_at IS NULL")
    assert len(scopes) == 4
    assert all(set(row[0]) == TOKEN_SCOPES for row in scopes)


def test_a_second_start_changes_nothing(demo: Installation) -> None:
    tables = ("tenants_tenant", "people_person", "core_auditentry", "people_apiclient")
    count = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    before, told = demo.rows(count), demo.handed_over.read_bytes()
    assert demo.upgrade() == {"demo": False}
    assert demo.rows(count) == before
    assert demo.handed_over.read_bytes() == told


def test_no_demo_is_made_beside_somebody_s_own_tenant(demo: Installation) -> None:
    demo.handed_over.rename(demo.handed_over.with_name("kept"))
    try:
        assert demo.upgrade() == {"demo": False}
        assert not demo.handed_over.exists()
    finally:
        demo.handed_over.with_name("kept").rename(demo.handed_over)


def test_a_demo_that_was_killed_is_not_there_and_the_next_start_makes_it(
    demo: Installation,
) -> None:
    """Killed at the worst moment: demo.json is written and the commit has not come."""
    assert demo.tenants_after_kill == 0
    before = {person["email"] for person in demo.told_after_kill["people"]}
    assert before == {person["email"] for person in demo.told["people"]}
    assert demo.told_after_kill["tokens"] != demo.told["tokens"]
