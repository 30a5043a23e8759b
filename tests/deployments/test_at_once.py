"""Starts, rollbacks and marks at the same moment, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from apps.configurations.models import RuntimeConfiguration
from apps.core.access import Actor, Role
from apps.core.errors import Refused
from apps.deployments.marks import mark_bad
from apps.deployments.models import UNFINISHED, RuntimeDeployment
from apps.deployments.operations import request_deployment
from apps.deployments.rollback import roll_back
from apps.tenant_bindings.context import enter_tenant
from tests.core.doors import inside, new_environment
from tests.core.spare import spare_world
from tests.core.threads import meanwhile, together, until_somebody_waits
from tests.deployments.stories import release
from tests.world import World

WORKER = Actor("worker", label="pipeline")


@pytest.fixture
def place(committed: None) -> tuple[World, UUID, UUID, UUID]:
    """An environment with r1 and r2."""
    world = spare_world()
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment):
        first = release("r1", {"api": ("1", 1)}, {"n": 1}).id
        second = release("r2", {"api": ("2", 1)}, {"n": 2}).id
    return world, environment, first, second


def _back(place: tuple[World, UUID, UUID, UUID], gate: str) -> Callable[[], str]:
    world, environment, first, second = place

    def work() -> str:
        with inside(world.acme, environment_id=environment, role=Role.TENANT_ADMIN):
            return roll_back(deployment_id=second, to=first, reason="x", gate=gate).status

    return work


def _pipeline(place: tuple[World, UUID, UUID, UUID], reference: str) -> Callable[[], str]:
    world, environment, *_ = place

    def work() -> str:
        with enter_tenant(world.acme.slug, actor=WORKER, environment_id=environment, writing=True):
            return request_deployment(release_ref=reference).status

    return work


def test_of_rollbacks_and_requests_at_once_one_starts(place: Any) -> None:
    world, environment, *_ = place
    works = [_back(place, "health"), _pipeline(place, "r3")] * 2
    outcomes = together(*works)
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 3, outcomes
    with inside(world.acme, environment_id=environment, writing=False):
        here = RuntimeDeployment.objects.filter(environment_id=environment)
        assert here.filter(status__in=UNFINISHED).count() == 1
        versions = RuntimeConfiguration.objects.filter(environment_id=environment)
        numbers = sorted(versions.values_list("version", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert versions.filter(status="Published").count() == 1
        assert not versions.filter(status="Draft").exists()


def test_a_pipeline_that_waited_behind_a_rollback_sees_its_hold(place: Any) -> None:
    """It asked before the rollback was there, and goes on after it: the hold binds it still."""
    world, environment, first, second = place
    with ThreadPoolExecutor(1) as pool:
        with inside(world.acme, environment_id=environment):
            roll_back(deployment_id=second, to=first, reason="x", gate="external")
            asked = meanwhile(pool, _pipeline(place, "r2"))
            until_somebody_waits()
        outcome = asked.result()
    assert isinstance(outcome, Refused), outcome
    assert "a person must release it" in outcome.message


def test_a_rollback_that_waited_behind_a_mark_sees_it(place: Any) -> None:
    world, environment, first, _ = place
    with ThreadPoolExecutor(1) as pool:
        with inside(world.acme, environment_id=environment):
            mark_bad(first, reason="it lost orders")
            asked = meanwhile(pool, _back(place, "health"))
            until_somebody_waits()
        outcome = asked.result()
    assert isinstance(outcome, Refused), outcome
    assert "marked bad" in outcome.message
