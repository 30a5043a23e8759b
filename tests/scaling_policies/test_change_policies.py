"""Many policies at once: all or nothing, one statement, one entry."""

import pytest

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, Refused
from apps.core.ids import uuid7
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import Bounds, bounds_of, change_policies, change_policy
from apps.services.operations import create_services, retire_service
from tests.core.doors import in_new_environment, inside
from tests.services.test_create_services import spec
from tests.world import World

BOUNDS = Bounds("requests", 1, 8, 70)


def test_many_change_in_one_entry_and_the_same_again_is_nothing(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        made = create_services([spec(f"s{n:03}") for n in range(150)])
        entered.entries.clear()
        changes = {service.id: BOUNDS for service in made}
        assert len(change_policies(changes, reason="evening")) == 150
        assert change_policies(changes) == []
        assert {bounds_of(p) for p in ScalingPolicy.objects.filter(service__in=made)} == {BOUNDS}
        (entry,) = entered.entries
        assert (entry.action, entry.reason) == ("scaling_policies.changed", "evening")
        assert entry.after["count"] == 150
        assert len(entry.before) == 100


def test_every_refusal_is_told_and_nothing_is_done(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        a, b, gone = create_services([spec("a"), spec("b"), spec("gone")])
        retire_service(gone.id)
        entered.entries.clear()
        stranger = uuid7()
        with pytest.raises(Invalid) as refusal:
            change_policies({
                a.id: BOUNDS, b.id: Bounds("hope", 3, 1), gone.id: BOUNDS, stranger: BOUNDS,
            })  # fmt: skip
        assert set(refusal.value.fields) == {
            f"{b.id}.metric", f"{b.id}.maxReplicas", f"{gone.id}.service", f"{stranger}.service",
        }  # fmt: skip
        assert bounds_of(ScalingPolicy.objects.get(service=a)) == Bounds.fixed(2)
        assert entered.entries == []


def test_a_retired_service_scales_no_more(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        (made,) = create_services([spec("a")])
        retire_service(made.id)
        with pytest.raises(Refused, match="scales no more"):
            change_policy(made.id, BOUNDS)


def test_a_neighbours_service_is_no_service_here(world: World, rolled_back: None) -> None:
    theirs = world.globex.services["shared"]["cart"]
    with inside(world.acme, "shared"), pytest.raises(Invalid):
        change_policies({theirs: BOUNDS})


def test_a_viewer_changes_none(world: World, rolled_back: None) -> None:
    with inside(world.acme, role=Role.TENANT_VIEWER), pytest.raises(Forbidden):
        change_policies({world.acme.services["pool"]["cart"]: BOUNDS})
