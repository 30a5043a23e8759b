"""What the database takes from nobody of what was observed: health results and drift."""

from typing import Any

import pytest

from tests.core.doors import inside, rolled_back_as, run
from tests.core.test_constraints import BROKEN, attacked, copy, refusal
from tests.world import World

RESULT, CHECK = "health_results_healthcheckresult", "drift_findings_driftcheck"
SLOT, EARLY = "health_results_healthslot", {"begins": "2030-01-01T00:00:00Z"}
COVERAGE, FINDING = "drift_findings_driftcoverage", "drift_findings_runtimedriftfinding"
RULE = "drift_findings_ignorerule"
ANOTHER = {"identity": "another"}

# A copy of a row that is there, under a new id, with these values.
COPIES = [
    pytest.param(
        RESULT, {"status": "Lost", "probe": "another"},
        marks=pytest.mark.attacks("health_result_status"),
    ),
    pytest.param(RESULT, {"probe": ""}, marks=pytest.mark.attacks("health_result_probe")),
    pytest.param(
        RESULT, {"latency_ms": -1, "probe": "another"},
        marks=pytest.mark.attacks("health_result_latency"),
    ),
    pytest.param(SLOT, {}, marks=pytest.mark.attacks("health_slot_once")),
    pytest.param(SLOT, {**EARLY, "degraded": -1}, marks=pytest.mark.attacks("health_slot_counts")),
    pytest.param(SLOT, {**EARLY, "unhealthy": 2}, marks=pytest.mark.attacks("health_slot_counts")),
    pytest.param(
        SLOT, {**EARLY, "latency_results": 2}, marks=pytest.mark.attacks("health_slot_counts")
    ),
    pytest.param(
        CHECK, {"outcome": "InLine", "findings": 1},
        marks=pytest.mark.attacks("drift_check_outcome"),
    ),
    pytest.param(
        CHECK, {"outcome": "Findings", "findings": 0},
        marks=pytest.mark.attacks("drift_check_outcome"),
    ),
    pytest.param(
        CHECK, {"outcome": "Failed", "findings": 0, "opened": 0, "resolved": 0, "failure": ""},
        marks=pytest.mark.attacks("drift_check_outcome"),
    ),
    pytest.param(CHECK, {"workloads": -1}, marks=pytest.mark.attacks("drift_check_counts")),
    pytest.param(CHECK, {"opened": -1}, marks=pytest.mark.attacks("drift_check_counts")),
    pytest.param(CHECK, {"resolved": -1}, marks=pytest.mark.attacks("drift_check_counts")),
    pytest.param(COVERAGE, {}, marks=pytest.mark.attacks("drift_coverage_once")),
    pytest.param(FINDING, {}, marks=pytest.mark.attacks("finding_once")),
    pytest.param(
        FINDING, {**ANOTHER, "kind": "hope"}, marks=pytest.mark.attacks("finding_choices")
    ),
    pytest.param(
        FINDING, {**ANOTHER, "severity": "hope"}, marks=pytest.mark.attacks("finding_choices")
    ),
    pytest.param(
        FINDING, {**ANOTHER, "desired": 3, "observed": 3},
        marks=pytest.mark.attacks("finding_differs"),
    ),
    pytest.param(
        FINDING, {**ANOTHER, "desired": None, "observed": None},
        marks=pytest.mark.attacks("finding_differs"),
    ),
    pytest.param(
        FINDING, {**ANOTHER, "resolution": "by-hand"},
        marks=pytest.mark.attacks("finding_resolved"),
    ),
    pytest.param(
        FINDING, {**ANOTHER, "acknowledged_by": "somebody"},
        marks=pytest.mark.attacks("finding_acknowledged"),
    ),
    pytest.param(RULE, {"kind": "hope"}, marks=pytest.mark.attacks("ignore_rule_choices")),
    pytest.param(
        RULE, {"kind": "", "module_id": "", "path_prefix": ""},
        marks=pytest.mark.attacks("ignore_rule_says_something"),
    ),
    pytest.param(RULE, {"reason": ""}, marks=pytest.mark.attacks("ignore_rule_says_something")),
    pytest.param(RULE, {"owner": ""}, marks=pytest.mark.attacks("ignore_rule_says_something")),
]  # fmt: skip


@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize(("table", "values"), COPIES)
def test_no_row_breaks_it(
    request: pytest.FixtureRequest, world: World, committed: None, login: str, table: str,
    values: dict[str, Any],
) -> None:  # fmt: skip
    with rolled_back_as(login), inside(world.acme, "shared"):
        state, constraint = copy(table, values)
    assert (state, constraint) == (state, attacked(request))
    assert state in BROKEN


@pytest.mark.attacks("health_result_once")
@pytest.mark.parametrize("login", ["owner", "default"])
def test_a_probe_has_one_result_at_one_time(world: World, committed: None, login: str) -> None:
    """The day's part refuses it, whose key is the table's under a name of its own."""
    with rolled_back_as(login), inside(world.acme, "shared"):
        state, constraint = copy(RESULT, {})
        assert state == "23505"
        assert copy(RESULT, {"probe": "another"}) == ("", "")
    with rolled_back_as("owner"):
        parents = run(
            "SELECT coalesce(p.relname, c.relname) FROM pg_class c "
            "LEFT JOIN pg_inherits i ON i.inhrelid = c.oid "
            "LEFT JOIN pg_class p ON p.oid = i.inhparent "
            "WHERE c.relname = %s AND c.relnamespace = 'shared'::regnamespace",
            [constraint],
        )
    assert parents == [("health_result_once",)]


@pytest.mark.attacks("ignore_rule_ended_at")
@pytest.mark.parametrize("login", ["owner", "default"])
def test_no_rule_that_is_active_has_an_end(world: World, committed: None, login: str) -> None:
    with rolled_back_as(login), inside(world.acme, "shared"):
        run("SET LOCAL app.moves_clocks = 'on'")
        found = refusal(f"UPDATE shared.{RULE} SET ended_at = now()")
    assert found == (("23514", "ignore_rule_ended_at") if login == "owner" else ("42501", ""))


@pytest.mark.attacks("finding_resolved")
@pytest.mark.parametrize("login", ["owner", "default"])
def test_no_finding_that_is_open_has_an_end(world: World, committed: None, login: str) -> None:
    with rolled_back_as(login), inside(world.acme, "shared"):
        run("SET LOCAL app.moves_clocks = 'on'")
        found = refusal(f"UPDATE shared.{FINDING} SET resolved_at = now()")
    assert found == (("23514", "finding_resolved") if login == "owner" else ("42501", ""))


# A word that no state is called: the companions refuse it as well, and one of them comes first.
@pytest.mark.attacks("finding_choices", "ignore_rule_choices")
@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize("table", [FINDING, RULE])
def test_no_state_is_called_otherwise(
    world: World, committed: None, login: str, table: str
) -> None:
    given = {"status": "Lost", **(ANOTHER if table == FINDING else {})}
    with rolled_back_as(login), inside(world.acme, "shared"):
        state, _ = copy(table, given)
    assert state == ("23514" if login == "owner" else "RP409")


@pytest.mark.attacks("drift_findings_driftcoverage_drift_check_id_fk")
@pytest.mark.parametrize("login", ["owner", "default"])
@pytest.mark.parametrize("whose", ["nobody's", "another tenant's"])
def test_what_was_covered_names_a_check_of_its_own(
    world: World, committed: None, login: str, whose: str
) -> None:
    with rolled_back_as("owner"):
        find = f"SELECT id FROM shared.{CHECK} WHERE tenant_id = %s"
        other = run(find, [world.globex.slug]) if whose != "nobody's" else run(
            "SELECT gen_random_uuid()"
        )  # fmt: skip
    with rolled_back_as(login), inside(world.acme, "shared"):
        run("SET CONSTRAINTS ALL IMMEDIATE")
        assert run(f"SELECT count(*) > 0 FROM shared.{COVERAGE}") == [(True,)]
        found = refusal(f"UPDATE shared.{COVERAGE} SET drift_check_id = %s", [other[0][0]])
    assert found == ("23503", "drift_findings_driftcoverage_drift_check_id_fk")
