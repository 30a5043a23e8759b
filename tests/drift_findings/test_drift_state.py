"""In line, n findings, never checked, check failed, stale since: one state each, one query each."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.drift_findings.detection import detect_drift
from apps.drift_findings.operations import acknowledge_finding, create_ignore_rule
from apps.drift_findings.queries import DriftState, environment_drift, service_drift
from apps.integrations.kubernetes.records import Source
from tests.core.doors import in_new_environment
from tests.drift_findings.seen import IN_LINE, deployment, in_days, look, make_services, seen
from tests.world import World


def both(service: Any) -> tuple[str, str]:
    """Of the service and of its environment, in one query each."""
    with CaptureQueriesContext(connection) as captured:
        found = service_drift(service).state, environment_drift().state
    assert len(captured) == 2
    return found


def test_never_checked_then_in_line_then_with_findings_then_failed(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        web = make_services()["web"]
        assert both(web) == ("never checked", "never checked")
        look()
        assert both(web) == ("in line", "in line")
        look(web=("registry.test/web:2.0", 9))
        assert both(web) == ("findings", "findings")
        assert service_drift(web).findings == 2
        detect_drift(sources=[Source("broken", b"a: [")])
        assert both(web) == ("check failed", "check failed")
        assert "it is not YAML" in service_drift(web).failure
        assert service_drift(web).findings == 2  # what was known is known still


def test_a_neighbour_in_the_environment_has_a_state_of_its_own(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        services = make_services()
        odd = deployment("web", "NOT/An Image")
        detect_drift(sources=[seen({"cart": ("registry.test/cart:2", 2)}, odd)])
        assert service_drift(services["cart"]).state == "findings"
        assert service_drift(services["web"]).state == "check failed"


@pytest.mark.parametrize("hours", [0, 1])
def test_what_was_looked_at_too_long_ago_says_since_when(
    world: World, rolled_back: None, settings: Any, hours: int
) -> None:
    with in_new_environment(world):
        web = make_services()["web"]
        checked = look(web=("registry.test/web:2.0", 3))
        settings.DRIFT_STALE_AFTER_HOURS = hours
        state = service_drift(web)
        assert state.state == ("findings" if hours else "stale since")
        assert state.checked_at == checked.check.created_at
        assert state.findings == 1


def test_what_is_hidden_does_not_count_and_is_told(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        web = make_services()["web"]
        found = {f.kind: f for f in look(web=("registry.test/web:2.0", 9)).unresolved}
        acknowledge_finding(found["image"].id, reason="x")
        create_ignore_rule(kind="replicas", reason="x", expires_at=in_days(1))
        state = service_drift(web)
        assert (state.findings, state.acknowledged, state.hidden) == (1, 1, 1)
        assert state.count == "1 finding"
        create_ignore_rule(kind="image", reason="x", expires_at=in_days(1))
        assert service_drift(web).state == "in line"
        assert environment_drift().hidden == 2


def test_a_service_made_since_was_never_checked(world: World, rolled_back: None) -> None:
    from apps.services.operations import ServiceSpec, create_services

    with in_new_environment(world):
        make_services()
        look()
        [late] = create_services([ServiceSpec("late", "registry.test/x:1", "1", 1)])
        assert both(late.id) == ("never checked", "in line")
        assert service_drift(late.id) == DriftState("never checked")
        assert IN_LINE.keys() == {"cart", "web"}
