"""A quota may be lowered below what is used; whoever lowers it is told what is over."""

from apps.quotas.lowering import over_quota
from apps.scaling_policies.operations import Bounds, change_policy
from apps.services.operations import create_services
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import change_quota, suspend_binding
from tests.core.doors import inside, on_platform
from tests.quotas.limited import limited
from tests.services.test_create_services import spec
from tests.world import World


def test_who_lowers_a_quota_is_told_what_is_over(world: World, rolled_back: None) -> None:
    environment = limited(world)
    with inside(world.acme, environment_id=environment):
        (made,) = create_services([spec("a", replicas=8)])
        change_policy(made.id, Bounds("cpu", 2, 20))
    with on_platform(world) as entered:
        binding = RuntimeTenantBinding.objects.get(environment_id=environment)
        assert over_quota(change_quota(binding.id, quota={"computeReplicas": 20})) == []
        found = over_quota(change_quota(binding.id, quota={"computeReplicas": 9}))
        assert {use.name: use.as_api() for use in found} == {
            "computeReplicas": {"used": 8, "promised": 20, "limit": 9}
        }
        # The platform's door is as it was, and still writes.
        assert (entered.tenant_id, entered.partition) == (None, None)
        suspend_binding(binding.id)
        over = over_quota(change_quota(binding.id, quota={"computeReplicas": 9, "storageGiB": 0}))
        assert [use.name for use in over] == ["computeReplicas", "storageGiB"]
        change_quota(binding.id, quota={})


def test_a_binding_that_holds_nothing_is_over_nothing(world: World, rolled_back: None) -> None:
    with on_platform(world):
        binding = RuntimeTenantBinding(status="Pending")
        assert over_quota(binding) == []
