"""computeReplicas: what runs and what scaling may come to, each path that spends it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from apps.core import door
from apps.deployments.models import RuntimeDeployment
from apps.quotas.operations import OverQuota
from apps.quotas.queries import replicas, usage
from apps.scaling_policies.operations import Bounds, change_policies, change_policy
from apps.services.models import RuntimeService
from apps.services.operations import (
    change_service,
    create_services,
    retire_service,
    start_service,
    stop_service,
)
from tests.core.doors import inside
from tests.quotas.limited import in_limited, limited, set_quota
from tests.services.test_create_services import spec
from tests.world import World


def test_the_last_replica_can_be_had_and_not_one_more(world: World, rolled_back: None) -> None:
    with in_limited(world, computeReplicas=5) as entered:
        create_services([spec("a", replicas=5)])
        entered.entries.clear()
        before = RuntimeDeployment.objects.count()
        with pytest.raises(OverQuota) as refusal:
            create_services([spec("b", replicas=1)])
        assert refusal.value.fields == {
            "replicas": ["6 replicas would be used; the quota allows 5, 0 are free"],
            "maxReplicas": ["6 replicas would be promised; the quota allows 5, 0 are free"],
        }
        # Nothing of it is left: no deployment, no entry, no service.
        assert RuntimeDeployment.objects.count() == before
        assert entered.entries == []
        assert replicas(door.environment()) == (5, 5)


def test_zero_is_none_and_absent_is_unlimited(world: World, rolled_back: None) -> None:
    with in_limited(world, computeReplicas=0):
        create_services([spec("idle", replicas=0)])
        with pytest.raises(OverQuota):
            create_services([spec("one", replicas=1)])
    with in_limited(world):
        create_services([spec("many", replicas=90_000)])


def test_the_quota_is_of_one_environment_and_one_tenant(world: World, rolled_back: None) -> None:
    with in_limited(world, computeReplicas=3):
        create_services([spec("a", replicas=3)])
    with in_limited(world, computeReplicas=3):
        create_services([spec("a", replicas=3)])


@pytest.mark.parametrize(
    "act",
    [
        lambda s: change_service(s, replicas=5),
        lambda s: change_policy(s, Bounds("cpu", 1, 5)),
        lambda s: change_policies({s: Bounds("cpu", 1, 5)}),
    ],
    ids=["change service", "change policy", "change policies"],
)
def test_each_way_to_spend_is_held(
    world: World, rolled_back: None, act: Callable[[UUID], Any]
) -> None:
    with in_limited(world, computeReplicas=4) as entered:
        (made,) = create_services([spec("a", replicas=2)])
        entered.entries.clear()
        with pytest.raises(OverQuota, match="computeReplicas"):
            act(made.id)
        assert entered.entries == []
        assert replicas(door.environment()) == (2, 2)


def test_what_scaling_promises_counts_against_whoever_comes_next(
    world: World, rolled_back: None
) -> None:
    with in_limited(world, computeReplicas=6):
        (made,) = create_services([spec("a", replicas=1)])
        change_policy(made.id, Bounds("cpu", 1, 5))
        with pytest.raises(OverQuota) as refusal:
            create_services([spec("b", replicas=2)])
        assert list(refusal.value.fields) == ["maxReplicas"]
        create_services([spec("b", replicas=1)])


def test_many_policies_are_judged_by_what_all_of_them_come_to(
    world: World, rolled_back: None
) -> None:
    with in_limited(world, computeReplicas=10):
        a, b = create_services([spec("a", replicas=2), spec("b", replicas=2)])
        change_policies({a.id: Bounds("cpu", 1, 8), b.id: Bounds("cpu", 1, 2)})
        # The one gives what the other takes, in whatever order they are named.
        change_policies({b.id: Bounds("cpu", 1, 8), a.id: Bounds("cpu", 1, 2)})
        assert replicas(door.environment()) == (4, 10)


def test_a_stopped_service_keeps_its_place_and_a_retired_one_gives_it_back(
    world: World, rolled_back: None
) -> None:
    with in_limited(world, computeReplicas=2):
        (made,) = create_services([spec("a", replicas=2)])
        stop_service(made.id)
        with pytest.raises(OverQuota):
            create_services([spec("b", replicas=1)])
        start_service(made.id)
        retire_service(made.id)
        create_services([spec("b", replicas=2)])


def test_over_a_lowered_quota_one_may_shrink_and_stop_but_not_promise(
    world: World, rolled_back: None
) -> None:
    environment = limited(world)
    with inside(world.acme, environment_id=environment):
        (made,) = create_services([spec("a", replicas=8)])
        change_policy(made.id, Bounds("cpu", 2, 20))
    set_quota(world, environment, {"computeReplicas": 4})
    with inside(world.acme, environment_id=environment):
        (compute, _) = usage(environment)
        assert (compute.used, compute.promised, compute.limit, compute.free) == (8, 20, 4, 0)
        assert compute.is_over
        change_service(made.id, replicas=6)
        change_service(made.id, image="registry.test/api:2")
        change_policy(made.id, Bounds("memory", 2, 19))
        with pytest.raises(OverQuota):
            change_service(made.id, replicas=7)
        with pytest.raises(OverQuota):
            create_services([spec("b", replicas=1)])
        create_services([spec("c", replicas=0)])
        stop_service(made.id)
        assert RuntimeService.objects.get(id=made.id).status == "Stopped"
