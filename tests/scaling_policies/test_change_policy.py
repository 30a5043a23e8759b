import dataclasses
from typing import Any

import pytest

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, NotFound
from apps.core.ids import uuid7
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import Bounds, bounds_of, change_policy
from apps.services.operations import create_services
from tests.core.doors import in_new_environment, inside, sqlstate
from tests.services.test_create_services import spec
from tests.world import World

BOUNDS = Bounds("requests", 1, 8, 70)


def test_the_bounds_change_and_the_same_again_is_nothing(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        (made,) = create_services([spec()])
        entered.entries.clear()
        assert change_policy(made.id, BOUNDS) is True
        assert change_policy(made.id, BOUNDS) is False
        assert bounds_of(ScalingPolicy.objects.get(service=made)) == BOUNDS
        (entry,) = entered.entries
        assert entry.action == "scaling_policy.changed"
        assert entry.before == {
            "metric": "cpu", "minReplicas": 2, "maxReplicas": 2, "targetUtilizationPercent": 80,
        }  # fmt: skip
        assert entry.after == BOUNDS.as_api()


def test_only_what_changed_is_told(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        (made,) = create_services([spec(bounds=BOUNDS)])
        entered.entries.clear()
        change_policy(made.id, dataclasses.replace(BOUNDS, max_replicas=9))
        (entry,) = entered.entries
        assert (entry.before, entry.after) == ({"maxReplicas": 8}, {"maxReplicas": 9})


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"metric": "hope"}, {"metric"}),
        ({"min_replicas": -1}, {"minReplicas"}),
        ({"min_replicas": 9}, {"maxReplicas"}),
        ({"max_replicas": 2**31}, {"maxReplicas"}),
        ({"target_utilization_percent": 0}, {"targetUtilizationPercent"}),
        ({"target_utilization_percent": 101, "metric": ""}, {"targetUtilizationPercent", "metric"}),
    ],
)
def test_bounds_that_cannot_be_are_told_by_their_fields(
    world: World, rolled_back: None, change: dict[str, Any], fields: set[str]
) -> None:
    with inside(world.acme) as entered:
        with pytest.raises(Invalid) as refusal:
            change_policy(
                world.acme.services["pool"]["cart"], dataclasses.replace(BOUNDS, **change)
            )
        assert set(refusal.value.fields) == fields
        assert entered.entries == []


@pytest.mark.attacks(
    "scaling_policy_bounds",
    "scaling_policy_metric",
    "scaling_policy_target",
)
@pytest.mark.parametrize(
    "change",
    ["min_replicas = -1", "min_replicas = 9, max_replicas = 8", "metric = 'hope'",
     "target_utilization_percent = 0", "target_utilization_percent = 101"],
)  # fmt: skip
def test_the_database_takes_no_such_bounds_either(
    world: World, rolled_back: None, change: str
) -> None:
    with inside(world.acme):
        assert sqlstate(f"UPDATE scaling_policies_scalingpolicy SET {change}") == "23514"


@pytest.mark.attacks("scaling_policy_once")
def test_the_database_takes_one_policy_a_service(world: World, rolled_back: None) -> None:
    copy = (
        "INSERT INTO scaling_policies_scalingpolicy (id, tenant_id, environment_id, service_id, "
        "metric, min_replicas, max_replicas, target_utilization_percent) "
        "SELECT gen_random_uuid(), tenant_id, environment_id, service_id, metric, 1, 1, 80 "
        "FROM scaling_policies_scalingpolicy LIMIT 1"
    )
    with inside(world.acme):
        assert sqlstate(copy) == "23505"


def test_a_policy_of_anothers_service_is_not_there(world: World, rolled_back: None) -> None:
    with inside(world.acme, "shared"):
        for identifier in (world.globex.services["shared"]["cart"], uuid7()):
            with pytest.raises(NotFound):
                change_policy(identifier, BOUNDS)


def test_a_viewer_changes_no_policy(world: World, rolled_back: None) -> None:
    with inside(world.acme, role=Role.TENANT_VIEWER), pytest.raises(Forbidden):
        change_policy(world.acme.services["pool"]["cart"], BOUNDS)
