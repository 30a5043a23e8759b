from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, Refused
from apps.deployments.models import DeploymentProduct, DeploymentStep, RuntimeDeployment
from apps.deployments.operations import request_deployment
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import Bounds
from apps.services.models import RuntimeService
from apps.services.operations import ServiceSpec, create_services, retire_service
from tests.core.doors import in_new_environment, inside, new_environment, run, sqlstate
from tests.core.spare import spare_world
from tests.core.threads import together
from tests.world import World


def spec(module: str = "api", **more: Any) -> ServiceSpec:
    return ServiceSpec(
        **{
            "module_id": module,
            "image": "registry.test/api:1",
            "version": "1",
            "replicas": 2,
            **more,
        }
    )


@pytest.mark.attacks("one deployment each service")
def test_fifty_services_made_by_hand_are_one_deployment_of_one_step(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        specs = [spec(f"module-{n:02}", replicas=n) for n in range(50)]
        made = create_services(specs, reason="moved in")
        assert [service.module_id for service in made] == [s.module_id for s in specs]
        (identifier,) = {service.deployment_id for service in made}
        deployment = RuntimeDeployment.objects.get(id=identifier)
        assert (deployment.status, deployment.gate) == ("Completed", "external")
        assert (deployment.reason, deployment.release_ref) == ("moved in", "50 made by hand")
        (step,) = DeploymentStep.objects.filter(deployment=deployment)
        assert (step.status, step.log_bytes is not None) == ("Succeeded", True)
        products = DeploymentProduct.objects.filter(deployment=deployment)
        assert {
            (p.module_id, p.change, p.image_before, p.replicas_before, p.replicas_after)
            for p in products
        } == {(s.module_id, "created", "", None, s.replicas) for s in specs}
        assert {p.service_id for p in products} == {service.id for service in made}
        policies = ScalingPolicy.objects.filter(service__in=made).select_related("service")
        assert len(policies) == 50
        for policy in policies:
            assert policy.min_replicas == policy.max_replicas == policy.service.replicas
        (applied,) = [e for e in entered.entries if e.action == "services.applied"]
        assert applied.after["created"]["count"] == 50


def test_a_new_service_is_pending_and_was_never_seen(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        (made,) = create_services([spec()])
        assert (made.status, made.live_state) == ("Pending", "Stale")
        assert made.last_observed_at is None


@pytest.mark.attacks("policy with its service")
def test_a_policy_of_its_own_comes_with_the_service(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        (made,) = create_services([spec(bounds=Bounds("memory", 1, 5, 60))])
        policy = ScalingPolicy.objects.get(service=made)
        assert (policy.metric, policy.min_replicas, policy.max_replicas) == ("memory", 1, 5)
        assert policy.target_utilization_percent == 60


BAD = [
    ({"module_id": ""}, "moduleId"),
    ({"module_id": " "}, "moduleId"),
    ({"module_id": "x" * 121}, "moduleId"),
    ({"module_id": "a\x00b"}, "moduleId"),
    ({"image": ""}, "image"),
    ({"image": "x" * 401}, "image"),
    ({"image": "a\x00b"}, "image"),
    ({"version": ""}, "version"),
    ({"version": "x" * 161}, "version"),
    ({"version": "\ud800"}, "version"),
    ({"replicas": -1}, "replicas"),
    ({"replicas": 100_000}, "replicas"),
    ({"component_type": "robot"}, "componentType"),
    ({"compute_target": "moon"}, "computeTarget"),
    ({"endpoint_url": "x" * 401}, "endpointUrl"),
    ({"endpoint_url": "\x00"}, "endpointUrl"),
    ({"bounds": Bounds("hope", 1, 1)}, "metric"),
    ({"bounds": Bounds("cpu", -1, 1)}, "minReplicas"),
    ({"bounds": Bounds("cpu", 2, 1)}, "maxReplicas"),
    ({"bounds": Bounds("cpu", 1, 2**31)}, "maxReplicas"),
    ({"bounds": Bounds("cpu", 1, 1, 0)}, "targetUtilizationPercent"),
    ({"bounds": Bounds("cpu", 1, 1, 101)}, "targetUtilizationPercent"),
]


@pytest.mark.parametrize(("change", "field"), BAD, ids=range(len(BAD)))
def test_a_bad_item_is_named_by_index_and_field_and_nothing_is_done(
    world: World, rolled_back: None, change: dict[str, Any], field: str
) -> None:
    with in_new_environment(world) as entered:
        with pytest.raises(Invalid) as refusal:
            create_services([spec("good"), spec(**change)])
        assert list(refusal.value.fields) == [f"services[1].{field}"]
        assert entered.entries == []
        for model in (RuntimeService, RuntimeDeployment):
            here = model.objects.filter(environment_id=entered.environment_id)
            assert not here.exists()


def test_every_bad_item_is_named_at_once(world: World, rolled_back: None) -> None:
    with in_new_environment(world), pytest.raises(Invalid) as refusal:
        create_services(
            [spec("a", replicas=-1, image=""), spec("b"), spec("b"), spec("c", version="")]
        )
    assert set(refusal.value.fields) == {
        "services[0].replicas", "services[0].image", "services[2].moduleId", "services[3].version",
    }  # fmt: skip


def test_no_service_at_all_is_no_request(world: World, rolled_back: None) -> None:
    with in_new_environment(world) as entered:
        with pytest.raises(Invalid) as refusal:
            create_services([])
        assert list(refusal.value.fields) == ["services"]
        assert entered.entries == []


def test_what_is_live_already_is_refused_by_name_and_free_when_retired(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        first, _ = create_services([spec("api"), spec("web")])
        entered.entries.clear()
        with pytest.raises(Refused, match="api, web"):
            create_services([spec("web"), spec("new"), spec("api")])
        assert entered.entries == []
        retire_service(first.id)
        (again,) = create_services([spec("api")])
        assert again.id != first.id
        names = RuntimeService.objects.filter(environment_id=first.environment_id, module_id="api")
        assert sorted(names.values_list("status", flat=True)) == ["Pending", "Retired"]


@pytest.mark.attacks("service_module_once")
def test_the_database_knows_a_module_once_among_the_live(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        (made,) = create_services([spec("api")])
        copy = (
            "WITH made AS (INSERT INTO services_runtimeservice (id, tenant_id, environment_id, "
            "module_id, component_type, image, version, compute_target, replicas, endpoint_url, "
            "status, deployment_id) "
            "SELECT gen_random_uuid(), tenant_id, environment_id, module_id, component_type, "
            "image, version, compute_target, {}, endpoint_url, 'Pending', {} "
            "FROM services_runtimeservice WHERE id = %s RETURNING *) "
            "INSERT INTO scaling_policies_scalingpolicy (id, tenant_id, environment_id, "
            "service_id, metric, min_replicas, max_replicas, target_utilization_percent) "
            "SELECT gen_random_uuid(), tenant_id, environment_id, id, 'cpu', 1, 1, 80 FROM made"
        )
        assert sqlstate(copy.format("replicas", "deployment_id"), [made.id]) == "23505"
        retire_service(made.id)
        assert sqlstate(copy.format("replicas", "deployment_id"), [made.id]) == ""
        assert sqlstate(copy.format("-1", "deployment_id"), [made.id]) == "23514"
        assert sqlstate(copy.format("1", "NULL"), [made.id]) == "23502"
        assert sqlstate(copy.format("1", "gen_random_uuid()"), [made.id]) == "23503"


def test_while_a_deployment_is_at_work_nothing_is_made_beside_it(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world) as entered:
        request_deployment(release_ref="r1")
        entered.entries.clear()
        with pytest.raises(Refused, match="not finished"):
            create_services([spec()])
        assert entered.entries == []


def test_a_viewer_makes_none(world: World, rolled_back: None) -> None:
    with inside(world.acme, role=Role.TENANT_VIEWER), pytest.raises(Forbidden):
        create_services([spec()])


def _creator(world: World, environment: UUID, modules: Sequence[str]) -> Callable[[], int]:
    def create() -> int:
        with inside(world.acme, environment_id=environment):
            return len(create_services([spec(module) for module in modules]))

    return create


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_who_make_one_module_at_once_one_is_refused(committed: None, attempt: int) -> None:
    world = spare_world()
    environment = new_environment(world)
    outcomes = together(
        _creator(world, environment, ["api", "one"]), _creator(world, environment, ["api", "two"])
    )
    assert {type(outcome) for outcome in outcomes} == {int, Refused}
    with inside(world.acme, environment_id=environment):
        here = "WHERE environment_id = %s"
        assert run(f"SELECT count(*) FROM services_runtimeservice {here}", [environment]) == [(2,)]
        assert run(f"SELECT count(*) FROM deployments_runtimedeployment {here}", [environment]) == [
            (1,)
        ]


@pytest.mark.attacks("service_has_policy")
def test_the_database_takes_no_service_without_its_policy(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        (made,) = create_services([spec("api")])
        columns = (
            "tenant_id, environment_id, component_type, image, version, compute_target, replicas, "
            "endpoint_url, status, deployment_id"
        )
        alone = (
            f"INSERT INTO services_runtimeservice (id, module_id, {columns}) "
            f"SELECT gen_random_uuid(), 'alone', {columns} FROM services_runtimeservice "
            "WHERE id = %s"
        )
        assert sqlstate(alone, [made.id]) == "23503"
