"""Versions count 1, 2, 3 … for each tenant and environment, whoever writes at once."""

from collections.abc import Callable
from uuid import UUID

import pytest

from apps.configurations.models import VersionCounter
from apps.configurations.operations import discard_configuration, draft_configuration
from apps.core.errors import Invalid
from tests.core.doors import (
    in_new_environment,
    inside,
    new_environment,
    run,
    sqlstate,
)
from tests.core.spare import spare_world
from tests.core.threads import together
from tests.world import TestTenant, World

WRITERS = 8


def test_versions_count_from_one_and_a_discarded_one_keeps_its_number(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        first, second = (draft_configuration(payload={"n": n}) for n in (1, 2))
        discard_configuration(second.id)
        third = draft_configuration(payload={"n": 3})
        assert [first.version, second.version, third.version] == [1, 2, 3]


def test_a_draft_that_failed_leaves_no_gap(world: World, rolled_back: None) -> None:
    with in_new_environment(world):
        draft_configuration(payload={})
        with pytest.raises(Invalid):
            draft_configuration(payload={"token": "hunter2"})
        assert draft_configuration(payload={}).version == 2


def test_each_environment_counts_for_itself(world: World, rolled_back: None) -> None:
    for _ in range(2):
        with in_new_environment(world):
            assert draft_configuration(payload={}).version == 1


def test_two_tenants_of_one_shared_environment_count_each_for_themselves(
    world: World, rolled_back: None
) -> None:
    for tenant in (world.acme, world.globex):
        with inside(tenant, "shared"):
            before = VersionCounter.objects.get(
                environment_id=tenant.environments["shared"]
            ).last_version
            assert draft_configuration(payload={}).version == before + 1


@pytest.mark.attacks(
    "configuration_version",
    "configuration_counts",
)
def test_the_database_takes_no_version_twice_and_none_below_one(
    world: World, rolled_back: None
) -> None:
    with in_new_environment(world):
        draft_configuration(payload={})
        copy = (
            "INSERT INTO configurations_runtimeconfiguration "
            "(id, tenant_id, environment_id, version, status, payload, checksum, created_by) "
            "SELECT gen_random_uuid(), tenant_id, environment_id, {}, 'Draft', payload, checksum, "
            "'' FROM configurations_runtimeconfiguration WHERE version = 1 "
            "ORDER BY id DESC LIMIT 1"
        )
        assert sqlstate(copy.format(1)) == "23505"
        assert sqlstate(copy.format(0)) == "23514"


def _writer(tenant: TestTenant, environment: UUID, drafts: int) -> Callable[[], list[int]]:
    def write() -> list[int]:
        found = []
        for n in range(drafts):
            with inside(tenant, environment_id=environment):
                made = draft_configuration(payload={"n": n})
                found.append(made.version)
                if n % 2:
                    discard_configuration(made.id)
        return found

    return write


@pytest.mark.attacks("versions without gaps")
def test_eight_writers_at_once_leave_no_gap_and_no_repeat(committed: None) -> None:
    world = spare_world()
    environment = new_environment(world)
    outcomes = together(*[_writer(world.acme, environment, 3)] * WRITERS)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    given = sorted(version for versions in outcomes for version in versions)
    assert given == list(range(1, 3 * WRITERS + 1))
    with inside(world.acme, environment_id=environment):
        (counter,) = VersionCounter.objects.filter(environment_id=environment)
        assert counter.last_version == 3 * WRITERS
        numbers = run(
            "SELECT version FROM configurations_runtimeconfiguration WHERE environment_id = %s",
            [environment],
        )
    assert sorted(numbers) == [(n,) for n in given]


@pytest.mark.parametrize("attempt", range(3))
def test_the_first_two_writers_of_an_environment_get_one_and_two(
    committed: None, attempt: int
) -> None:
    """The counter's row itself is made in a race."""
    world = spare_world()
    environment = new_environment(world)
    outcomes = together(*[_writer(world.acme, environment, 1)] * 2)
    assert sorted(outcomes) == [[1], [2]]
