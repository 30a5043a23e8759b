import functools
from typing import Any

import pytest

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.deployments.models import DeploymentProduct, RuntimeDeployment
from apps.services.models import RuntimeService
from apps.services.operations import change_service, create_services, retire_service, run_service
from tests.core.doors import in_new_environment, inside, new_environment
from tests.core.spare import spare_world
from tests.core.threads import together
from tests.services.test_create_services import spec
from tests.world import World


def _deployments() -> int:
    return RuntimeDeployment.objects.count()


@pytest.mark.parametrize(
    "changes", [{}, {"replicas": 2}, {"image": "registry.test/api:1", "version": "1"}]
)
def test_a_change_that_changes_nothing_makes_nothing(
    world: World, rolled_back: None, changes: dict[str, Any]
) -> None:
    with in_new_environment(world) as entered:
        (made,) = create_services([spec()])
        before = _deployments()
        entered.entries.clear()
        changed = change_service(made.id, **changes)
        assert changed.deployment_id == made.deployment_id
        assert _deployments() == before
        assert entered.entries == []


def test_a_change_is_a_deployment_that_knows_before_and_after(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        (made, other) = create_services([spec("api"), spec("web")])
        entered.entries.clear()
        changed = change_service(made.id, image="registry.test/api:2", version="2", reason="fix")
        assert (changed.image, changed.version, changed.replicas) == ("registry.test/api:2", "2", 2)
        assert changed.deployment_id != made.deployment_id
        deployment = RuntimeDeployment.objects.get(id=changed.deployment_id)
        assert (deployment.status, deployment.gate, deployment.reason) == (
            "Completed", "external", "fix",
        )  # fmt: skip
        assert deployment.previous_deployment_id == made.deployment_id
        (product,) = DeploymentProduct.objects.filter(deployment=deployment)
        assert (product.service_id, product.change) == (made.id, "updated")
        assert (product.image_before, product.image_after) == (
            "registry.test/api:1", "registry.test/api:2",
        )  # fmt: skip
        assert (product.version_before, product.version_after) == ("1", "2")
        assert (product.replicas_before, product.replicas_after) == (2, 2)
        untouched = RuntimeService.objects.get(id=other.id)
        assert untouched.deployment_id == made.deployment_id
        assert [e.action for e in entered.entries].count("services.applied") == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("replicas", 0), ("component_type", "gateway"), ("compute_target", "aks"),
     ("endpoint_url", "https://api.example.test")],
)  # fmt: skip
def test_every_field_can_change_and_the_state_stays(
    world: World, rolled_back: None, field: str, value: Any
) -> None:
    with in_new_environment(world):
        (made,) = create_services([spec()])
        run_service(made.id)
        changed = change_service(made.id, **{field: value})
        assert getattr(changed, field) == value
        assert changed.status == "Running"
        assert changed.last_observed_at is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"replicas": -1}, "replicas"), ({"image": " "}, "image"), ({"version": "x\x00"}, "version"),
     ({"compute_target": "moon"}, "computeTarget")],
)  # fmt: skip
def test_a_change_that_cannot_be_is_told_by_its_field(
    world: World, rolled_back: None, changes: dict[str, Any], field: str
) -> None:
    with in_new_environment(world) as entered:
        (made,) = create_services([spec()])
        entered.entries.clear()
        with pytest.raises(Invalid) as refusal:
            change_service(made.id, **changes)
        assert list(refusal.value.fields) == [f"services[0].{field}"]
        assert entered.entries == []


def test_a_retired_service_does_not_change(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        (made,) = create_services([spec()])
        retire_service(made.id)
        entered.entries.clear()
        for changes in ({"replicas": 5}, {}):
            with pytest.raises(Refused):
                change_service(made.id, **changes)
        assert entered.entries == []


def test_a_service_of_another_tenant_or_environment_is_not_there(
    world: World, rolled_back: None
) -> None:
    theirs = world.globex.services["shared"]["cart"]
    elsewhere = world.acme.services["shared"]["cart"]
    with in_new_environment(world, "shared"):
        for identifier in (theirs, elsewhere, uuid7()):
            with pytest.raises(NotFound):
                change_service(identifier, replicas=1)
            with pytest.raises(NotFound):
                retire_service(identifier)


def test_a_viewer_changes_none(world: World, rolled_back: None) -> None:
    with inside(world.acme, role=Role.TENANT_VIEWER), pytest.raises(Forbidden):
        change_service(world.acme.services["pool"]["cart"], replicas=1)


def test_one_who_changes_and_one_who_makes_do_not_wait_for_each_other_for_ever(
    committed: None,
) -> None:
    world = spare_world()
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment):
        (made,) = create_services([spec("api")])

    def change(n: int) -> str:
        with inside(world.acme, environment_id=environment):
            return change_service(made.id, replicas=n).status

    def create(n: int) -> str:
        with inside(world.acme, environment_id=environment):
            return create_services([spec(f"new-{n}")])[0].status

    works = [functools.partial(work, n) for n in range(10, 14) for work in (change, create)]
    assert together(*works) == ["Pending"] * 8
    with inside(world.acme, environment_id=environment):
        products = DeploymentProduct.objects.filter(service_id=made.id, change="updated")
        seen = [(p.replicas_before, p.replicas_after) for p in products.order_by("id")]
    assert [before for before, _ in seen] == [2, *[after for _, after in seen[:-1]]]


def test_two_who_change_one_field_each_both_are_kept(committed: None) -> None:
    world = spare_world()
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment):
        (made,) = create_services([spec("api")])

    def change(**changes: Any) -> str:
        with inside(world.acme, environment_id=environment):
            return change_service(made.id, **changes).status

    together(
        functools.partial(change, replicas=7),
        functools.partial(change, endpoint_url="https://api.example.test"),
    )
    with inside(world.acme, environment_id=environment):
        kept = RuntimeService.objects.get(id=made.id)
    assert (kept.replicas, kept.endpoint_url) == (7, "https://api.example.test")
