"""When a binding is released, what was open there is resolved: the environment has gone."""

from collections.abc import Callable

from apps.core import door
from tests.core.doors import run
from tests.isolation.changes import release
from tests.world import World


def test_its_findings_are_resolved_and_its_rules_end(fresh: Callable[[], World]) -> None:
    acme = fresh().acme
    schema, environment = acme.schema("pool"), acme.environments["pool"]
    release(acme.bindings["pool"])
    with door.using("owner"):
        findings = run(
            "SELECT status, resolution, resolution_reason, resolved_at IS NOT NULL FROM "
            f'"{schema}".drift_findings_runtimedriftfinding WHERE environment_id = %s',
            [environment],
        )
        rules = run(
            f'SELECT status, end_reason FROM "{schema}".drift_findings_ignorerule '
            "WHERE environment_id = %s",
            [environment],
        )
    assert findings == [("Resolved", "environment-gone", "binding released", True)]
    assert rules == [("Ended", "binding released")]
