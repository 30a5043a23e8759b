"""Each list of drift is walked along an index, under the policies, without sorting."""

from typing import Any

import pytest

from apps.drift_findings.models import DriftCheck, IgnoreRule, RuntimeDriftFinding
from apps.drift_findings.queries import with_rules
from tests.core.doors import inside, run
from tests.world import World

FINDINGS: list[tuple[str, dict[str, Any]]] = [
    ("finding_by_status", {}),
    ("finding_here", {"environment_id": None}),
    ("finding_by_kind", {"kind": "image"}),
    ("finding_by_severity", {"severity": "critical"}),
]


def plan(rows: Any) -> str:
    """As the planner would walk it where rows were many."""
    for name in ("seqscan", "sort", "bitmapscan"):
        run(f"SET LOCAL enable_{name} = off")
    statement, parameters = rows.query.sql_with_params()
    return "\n".join(line for (line,) in run(f"EXPLAIN {statement}", parameters))


@pytest.mark.parametrize(("index", "words"), FINDINGS)
def test_a_list_of_findings_uses_the_index_made_for_it(
    world: World, rolled_back: None, index: str, words: dict[str, Any]
) -> None:
    with inside(world.acme, "silo", writing=False) as entered:
        given = {k: entered.environment_id if v is None else v for k, v in words.items()}
        rows = RuntimeDriftFinding.objects.filter(status="Open", **given)
        found = plan(with_rules(rows).order_by("-id")[:51])
    assert index in found
    assert "Sort" not in found
    # What hides a row is asked of the few rules that are active, by an index of their own.
    assert "ignore_rule_" in found


def test_the_search_bounds_its_index(world: World, rolled_back: None) -> None:
    with inside(world.acme, "silo", writing=False):
        rows = RuntimeDriftFinding.objects.filter(status="Open", module_id__prefix="we")
        run("SET LOCAL enable_seqscan = off")
        statement, parameters = rows.order_by("module_id", "-id").query.sql_with_params()
        found = "\n".join(line for (line,) in run(f"EXPLAIN {statement}", parameters))
    assert "finding_by_module" in found
    [bounds] = [line for line in found.splitlines() if "Index Cond" in line and "module_id" in line]
    assert "'we'" in bounds and "'wf'" in bounds


@pytest.mark.parametrize(
    ("model", "index"), [(DriftCheck, "drift_check_newest"), (IgnoreRule, "ignore_rule_newest")]
)
def test_so_do_the_other_lists(world: World, rolled_back: None, model: Any, index: str) -> None:
    with inside(world.acme, "silo", writing=False):
        found = plan(model.objects.order_by("-id")[:51])
    assert index in found
    assert "Sort" not in found
