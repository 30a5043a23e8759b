import pytest

from apps.tenant_bindings.operations import request_binding
from apps.tenants.models import DataPartition
from tests.core.doors import on_platform, requested_environment
from tests.world import World


@pytest.mark.parametrize(
    ("model", "data", "network", "compute"),
    [
        ("silo", "silo_acme", "net-{id}", "dedicated-{id}"),
        ("pool", "pool_acme", "net-{id}-acme", "common-northeurope-staging"),
        ("shared", "shared", "net-{id}-shared", "common-northeurope-staging"),
    ],
)
def test_where_a_tenant_is_placed_follows_from_its_binding(
    world: World, rolled_back: None, model: str, data: str, network: str, compute: str
) -> None:
    with on_platform(world):
        environment = requested_environment(model, stage="staging", region="northeurope")
        binding = request_binding(tenant_id="acme", environment_id=environment, quota={})
        owner = DataPartition.objects.get(schema_name=data).tenant_id
    shown = binding.as_api()
    assert shown["dataPartition"] == data
    assert shown["networkPartition"] == network.format(id=environment)
    assert shown["computePlacement"] == compute.format(id=environment)
    assert owner == ("platform" if model == "shared" else "acme")


def test_two_tenants_share_a_partition_only_where_it_is_shared(
    world: World, rolled_back: None
) -> None:
    with on_platform(world):
        for model, common in (("pool", False), ("shared", True)):
            environment = requested_environment(model)
            placed = {
                request_binding(
                    tenant_id=tenant, environment_id=environment, quota={}
                ).data_partition
                for tenant in ("acme", "globex")
            }
            assert (len(placed) == 1) is common
