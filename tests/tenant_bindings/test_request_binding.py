from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, NotFound, PortalError, Refused
from apps.core.ids import uuid7
from apps.environments.models import RuntimeEnvironment
from apps.environments.operations import decommission_environment
from apps.tenant_bindings.context import enter_platform
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import change_quota, request_binding, suspend_binding
from apps.tenant_bindings.release import release_binding
from tests.core.doors import on_platform, requested_environment
from tests.core.spare import spare_world
from tests.core.threads import meanwhile, together, until_somebody_waits
from tests.world import World, person_actor


@pytest.mark.parametrize(
    ("quota", "names"),
    [
        ({"computeReplicas": -1}, {"quota.computeReplicas"}),
        (
            {"computeReplicas": 1.5, "storageGiB": "9"},
            {"quota.computeReplicas", "quota.storageGiB"},
        ),
        ({"throughputRps": True, "cpu": 1}, {"quota.throughputRps", "quota.cpu"}),
        ({"storageGiB": 2**31}, {"quota.storageGiB"}),
    ],
)
def test_every_part_of_a_quota_that_cannot_be_is_named(
    world: World, rolled_back: None, quota: dict[str, Any], names: set[str]
) -> None:
    with on_platform(world), pytest.raises(Invalid) as refusal:
        request_binding(tenant_id="acme", environment_id=uuid7(), quota=quota)
    assert set(refusal.value.fields) == names


@pytest.mark.parametrize(
    "quota", [{}, {"computeReplicas": 0}, {"computeReplicas": 4, "storageGiB": 5}]
)
def test_an_absent_limit_stays_absent_and_zero_stays_zero(
    world: World, rolled_back: None, quota: dict[str, int]
) -> None:
    with on_platform(world):
        made = request_binding(
            tenant_id="acme", environment_id=requested_environment(), quota=quota
        )
    assert made.as_api()["quota"] == quota


@pytest.mark.parametrize("tenant", ["nobody", "platform"])
def test_who_is_no_tenant_is_not_bound(world: World, rolled_back: None, tenant: str) -> None:
    with on_platform(world), pytest.raises(NotFound):
        request_binding(tenant_id=tenant, environment_id=requested_environment(), quota={})


def test_an_environment_that_is_not_there_is_not_bound(world: World, rolled_back: None) -> None:
    with on_platform(world), pytest.raises(NotFound):
        request_binding(tenant_id="acme", environment_id=uuid7(), quota={})


def test_a_second_binding_is_refused_in_words(world: World, rolled_back: None) -> None:
    with on_platform(world):
        silo, pool = requested_environment("silo"), requested_environment("pool")
        for environment, second in ((silo, "globex"), (pool, "acme")):
            request_binding(tenant_id="acme", environment_id=environment, quota={})
            with pytest.raises(Refused, match="already"):
                request_binding(tenant_id=second, environment_id=environment, quota={})


def test_a_changed_quota_is_told_once_and_the_same_again_is_nothing(
    world: World, rolled_back: None
) -> None:
    with on_platform(world) as entered:
        binding = request_binding(
            tenant_id="acme", environment_id=requested_environment(), quota={"storageGiB": 1}
        )
        entered.entries.clear()
        for _ in range(2):
            changed = change_quota(binding.id, quota={"computeReplicas": 3})
            assert changed.quota == {"computeReplicas": 3}
        (entry,) = entered.entries
        assert entry.action == "binding.quota_changed"
        assert (entry.before, entry.after) == ({"storageGiB": 1}, {"computeReplicas": 3})
        release_binding(binding.id)
        with pytest.raises(Refused):
            change_quota(binding.id, quota={})


def test_a_platform_viewer_binds_nobody(world: World, rolled_back: None) -> None:
    with on_platform(world, Role.PLATFORM_VIEWER), pytest.raises(Forbidden):
        request_binding(
            tenant_id="globex", environment_id=world.acme.environments["pool"], quota={}
        )
    with on_platform(world, Role.PLATFORM_VIEWER), pytest.raises(Forbidden):
        suspend_binding(world.acme.bindings["pool"])


def _bind(world: World, tenant: str, environment: UUID) -> RuntimeTenantBinding:
    admin = person_actor(world.platform[Role.PLATFORM_ADMIN])
    with enter_platform(actor=admin):
        return request_binding(tenant_id=tenant, environment_id=environment, quota={})


def test_of_two_who_want_the_same_silo_at_once_one_gets_it(committed: None) -> None:
    world = spare_world()
    with on_platform(world):
        environment = requested_environment("silo")
    outcomes = together(
        *[
            lambda tenant=tenant: _bind(world, tenant, environment)
            for tenant in ("acme-spare", "globex-spare")
        ]
    )
    assert {type(outcome) for outcome in outcomes} == {Refused, RuntimeTenantBinding}


def test_an_environment_decommissioned_meanwhile_takes_no_binding_that_thinks_it_stands(
    committed: None,
) -> None:
    world = spare_world()
    with on_platform(world):
        environment = requested_environment("pool")
    with ThreadPoolExecutor(1) as pool, on_platform(world):
        decommission_environment(environment)
        asked = meanwhile(pool, lambda: _bind(world, world.acme.slug, environment))
        until_somebody_waits()
    assert isinstance(asked.result(), PortalError)
    with on_platform(world):
        copies = RuntimeTenantBinding.objects.filter(environment_id=environment)
        assert not copies.filter(environment_status="Provisioned").exists()
        assert RuntimeEnvironment.objects.get(id=environment).status == "Decommissioning"
