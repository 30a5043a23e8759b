"""Two hundred writers at once, twenty at a time: not one unit more than the quota allows."""

import functools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from django.db import connections

from apps.deployments.logs import write_step_log
from apps.deployments.models import DeploymentStep
from apps.deployments.operations import request_deployment
from apps.quotas.models import Usage
from apps.quotas.operations import OverQuota
from apps.quotas.queries import GIB, replicas
from apps.scaling_policies.operations import Bounds, change_policy
from apps.services.operations import create_services
from tests.core.doors import inside
from tests.core.spare import spare_world
from tests.quotas.limited import limited
from tests.services.test_create_services import spec
from tests.world import World

WRITERS, AT_ONCE = 200, 20


def _race(works: list[Callable[[], Any]]) -> Counter[str]:
    """How each ended. Real connections: one a thread, closed at the end."""

    def run(work: Callable[[], Any]) -> str:
        try:
            work()
            return "done"
        except OverQuota:
            return "over"
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(run, works))


def _behind(world: World, environment: UUID, act: Callable[[], Any]) -> None:
    with inside(world.acme, environment_id=environment):
        act()


def test_two_hundred_who_make_services_get_what_there_is(committed: None) -> None:
    world = spare_world()
    environment = limited(world, computeReplicas=50)
    ended = _race([
        functools.partial(
            _behind, world, environment,
            functools.partial(create_services, [spec(f"s{n:03}", replicas=1)]),
        )
        for n in range(WRITERS)
    ])  # fmt: skip
    assert ended == {"done": 50, "over": 150}
    with inside(world.acme, environment_id=environment):
        assert replicas(environment) == (50, 50)


def test_two_hundred_who_promise_replicas_promise_what_there_is(committed: None) -> None:
    world = spare_world()
    environment = limited(world, computeReplicas=73)
    with inside(world.acme, environment_id=environment):
        made = create_services([spec(f"s{n:03}", replicas=0) for n in range(WRITERS)])
    ended = _race([
        functools.partial(
            _behind, world, environment,
            functools.partial(change_policy, service.id, Bounds("cpu", 0, 1)),
        )
        for service in made
    ])  # fmt: skip
    assert ended == {"done": 73, "over": WRITERS - 73}
    with inside(world.acme, environment_id=environment):
        assert replicas(environment) == (0, 73)


def test_two_hundred_who_write_logs_store_what_fits(committed: None) -> None:
    world = spare_world()
    environment = limited(world, storageGiB=1)
    with inside(world.acme, environment_id=environment):
        deployment = request_deployment(
            release_ref="r", gate="external", steps=[f"s{n}" for n in range(WRITERS)]
        )
        steps = list(DeploymentStep.objects.filter(deployment=deployment))
        Usage.objects.update(storage_bytes=GIB - 61 * 100)
    ended = _race([
        functools.partial(
            _behind, world, environment, functools.partial(write_step_log, step, b"x" * 100)
        )
        for step in steps
    ])  # fmt: skip
    assert ended == {"done": 61, "over": WRITERS - 61}
    with inside(world.acme, environment_id=environment):
        assert Usage.objects.get(environment_id=environment).storage_bytes == GIB
