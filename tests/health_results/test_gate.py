"""The health gate: which services hold a deployment up, to the microsecond."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core.errors import Refused
from apps.deployments.models import RuntimeDeployment
from apps.deployments.operations import advance_deployment, request_deployment
from apps.health_results.gate import missing
from apps.services.operations import (
    ServiceSpec,
    apply_release,
    live_services,
    retire_service,
    stop_service,
)
from tests.core.doors import in_new_environment, inside, new_environment, rolled_back_as
from tests.health_results.results import MICROSECOND, ago, make_service, record, result, shift
from tests.world import World

WINDOW = timedelta(minutes=5)
TO_THE_GATE = 4


def specs(*names: str) -> list[ServiceSpec]:
    return [ServiceSpec(name, f"registry.test/{name}:1", "1", 1) for name in names]


def at_the_gate(*names: str, retire_missing: bool = True) -> RuntimeDeployment:
    """A deployment of those services that has rolled out and waits for their health."""
    deployment = request_deployment(release_ref="r1")
    apply_release(deployment, specs(*names), retire_missing=retire_missing)
    for _ in range(TO_THE_GATE):
        deployment = advance_deployment(deployment.id)
    return deployment


def promoted(deployment: RuntimeDeployment) -> bool:
    try:
        return advance_deployment(deployment.id).status == "Promoting"
    except Refused:
        return False


@pytest.fixture
def waiting(world: World, rolled_back: None) -> Iterator[RuntimeDeployment]:
    """At the gate with `api` made and `web` made by it."""
    with in_new_environment(world):
        yield at_the_gate("api", "web")


def test_it_passes_once_every_service_was_seen_healthy(waiting: RuntimeDeployment) -> None:
    assert missing(waiting) == ["api", "web"]
    record(result("web"))
    assert missing(waiting) == ["api"]
    with pytest.raises(Refused, match="health gate does not pass: no fresh Healthy result of api"):
        advance_deployment(waiting.id)
    record(result("api"))
    assert missing(waiting) == []
    assert promoted(waiting)


@pytest.mark.parametrize("status", ["Degraded", "Unhealthy"])
def test_only_healthy_is_healthy(waiting: RuntimeDeployment, status: str) -> None:
    record(result("api"), result("web", status))
    assert missing(waiting) == ["web"]
    assert not promoted(waiting)


def test_the_newest_of_each_probe_counts(waiting: RuntimeDeployment) -> None:
    record(result("api"), result("web", "Unhealthy", checked_at=ago(seconds=20)), result("web"))
    assert missing(waiting) == []
    record(result("web", "Unhealthy", probe="tcp", checked_at=ago(minutes=4)))
    assert missing(waiting) == ["web"]
    record(result("web", probe="tcp", checked_at=ago(minutes=3)))
    assert missing(waiting) == []


def test_what_arrives_late_is_as_old_as_its_check(waiting: RuntimeDeployment) -> None:
    record(result("api", checked_at=ago(minutes=5)), result("web", checked_at=ago(hours=1)))
    assert missing(waiting) == ["api", "web"]
    assert missing(waiting, window=timedelta(minutes=5, microseconds=1)) == ["web"]


@pytest.mark.parametrize(
    ("checked", "received", "passes"),
    [
        (WINDOW - MICROSECOND, WINDOW - MICROSECOND, True),
        (WINDOW, WINDOW - MICROSECOND, False),
        (WINDOW - MICROSECOND, WINDOW, False),
        (WINDOW, WINDOW, False),
        # Dated ahead: it is as old as its arrival.
        (-WINDOW, WINDOW - MICROSECOND, True),
        (-WINDOW, WINDOW, False),
        # Arrived just now: it is as old as its check.
        (WINDOW, timedelta(0), False),
        (WINDOW - MICROSECOND, timedelta(0), True),
    ],
    ids=str,
)
def test_the_later_of_the_two_times_counts_as_the_older(
    world: World, committed: None, checked: timedelta, received: timedelta, passes: bool
) -> None:
    with rolled_back_as("owner"), in_new_environment(world):
        deployment = at_the_gate("api")
        service = live_services()["api"].id
        record(result(service))
        shift(service, checked_at=checked, received_at=received)
        assert missing(deployment) == ([] if passes else ["api"])
        assert promoted(deployment) is passes


def test_an_ailing_result_that_is_dated_ahead_is_not_hidden_by_an_older_healthy_one(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"), in_new_environment(world):
        deployment = at_the_gate("api")
        service = live_services()["api"].id
        record(result(service, "Unhealthy"))
        shift(service, checked_at=timedelta(minutes=2), received_at=timedelta(minutes=6))
        record(result(service, checked_at=ago(minutes=3)))
        assert missing(deployment) == ["api"]


def test_the_window_is_a_setting(waiting: RuntimeDeployment, settings: Any) -> None:
    record(result("api", checked_at=ago(minutes=9)), result("web", checked_at=ago(minutes=9)))
    assert missing(waiting) == ["api", "web"]
    settings.HEALTH_GATE_SECONDS = 600
    assert missing(waiting) == []


def test_what_it_left_unchanged_counts_and_what_it_retired_does_not(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        make_service("api")
        make_service("old")
        deployment = at_the_gate("api", "web")
        assert missing(deployment) == ["api", "web"]


def test_what_stands_beside_it_and_was_not_touched_does_not_count(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        make_service("beside")
        assert missing(at_the_gate("api", retire_missing=False)) == ["api"]


def test_what_was_retired_since_holds_nothing_up_but_what_was_stopped_does(
    waiting: RuntimeDeployment,
) -> None:
    live = live_services()
    retire_service(live["api"].id)
    stop_service(live["web"].id)
    assert missing(waiting) == ["web"]


def test_one_that_touched_nothing_does_not_pass(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        deployment = request_deployment(release_ref="r1")
        for _ in range(TO_THE_GATE):
            deployment = advance_deployment(deployment.id)
        assert missing(deployment) == []
        with pytest.raises(Refused, match=r"health gate does not pass.*touched no service"):
            advance_deployment(deployment.id)


def test_one_that_is_gated_elsewhere_is_not_asked(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        deployment = request_deployment(release_ref="r1", gate="external")
        apply_release(deployment, specs("api"), retire_missing=True)
        for _ in range(TO_THE_GATE + 1):
            deployment = advance_deployment(deployment.id)
        assert deployment.status == "Promoting"


def test_a_long_list_is_cut_and_counted(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        deployment = at_the_gate(*[f"s{n:02}" for n in range(23)])
        with pytest.raises(Refused, match="s19 and 3 more"):
            advance_deployment(deployment.id)


def test_the_health_of_a_neighbours_twin_is_not_mine(world: World, rolled_back: None) -> None:
    environment: UUID = new_environment(world, "shared")
    with inside(world.globex, "shared"):
        record(result(world.globex.services["shared"]["cart"]))
    with inside(world.acme, environment_id=environment):
        deployment = at_the_gate("cart")
        assert missing(deployment) == ["cart"]
