"""Environments of acme with a quota, and what a counter must equal."""

import contextlib
from collections.abc import Iterator, Mapping
from uuid import UUID

from apps.core import door
from apps.core.door import Door
from apps.quotas.models import Usage
from apps.quotas.queries import stored_bytes
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import change_quota
from tests.core.doors import inside, new_environment, on_platform
from tests.world import World


def set_quota(world: World, environment: UUID, quota: Mapping[str, int]) -> None:
    with on_platform(world):
        binding = RuntimeTenantBinding.objects.get(
            environment_id=environment, tenant_id=world.acme.slug
        )
        change_quota(binding.id, quota=quota)


def limited(world: World, **quota: int) -> UUID:
    """A new environment in which acme has that quota."""
    environment = new_environment(world)
    set_quota(world, environment, quota)
    return environment


@contextlib.contextmanager
def in_limited(world: World, **quota: int) -> Iterator[Door]:
    environment = limited(world, **quota)
    with inside(world.acme, environment_id=environment) as entered:
        yield entered


def counted() -> tuple[int, int]:
    """(what the usage row says, what is really stored) of the environment entered."""
    row = Usage.objects.get(environment_id=door.environment())
    return row.storage_bytes, stored_bytes(door.environment())
