"""The worker's numbers of each tenant and environment, and who may see them."""

from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from apps.core import door
from apps.deployments.operations import request_deployment
from apps.drift_findings.operations import create_ignore_rule
from apps.overview import counting
from apps.overview.counting import count_fleet, count_tenant, quota_percent
from apps.overview.models import MOST_PERCENT, FleetCount
from apps.overview.tasks import NotCounted, count_the_fleet
from apps.quotas.queries import GIB
from apps.services.operations import retire_service
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding
from apps.tenant_bindings.operations import change_quota, suspend_binding
from apps.tenant_bindings.release import release_binding
from apps.upkeep.recording import WORKER
from tests.core.doors import inside, on_platform, rolled_back_as, run
from tests.drift_findings.seen import in_days, look
from tests.health_results.results import record, result
from tests.world import World


def counted(world: World, model: str = "pool") -> FleetCount:
    """Of acme's environment of that model, counted now. As owner, inside its transaction."""
    count_tenant(world.acme.slug, actor=WORKER)
    with on_platform(world):
        return FleetCount.objects.get(
            tenant_id=world.acme.slug, environment_id=world.acme.environments[model]
        )


def live(world: World) -> dict[Any, Any]:
    """{environment: binding} of acme's that are Active or Suspended; other tests have left some."""
    with on_platform(world):
        found = RuntimeTenantBinding.objects.filter(tenant_id=world.acme.slug, status__in=LIVE)
        return dict(found.values_list("environment_id", "id"))


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_services_are_counted_by_what_is_seen_of_them(
    world: World, committed: None, model: str
) -> None:
    with rolled_back_as("owner"):
        before = counted(world, model)
        assert (before.services, before.stale, before.running, before.replicas) == (2, 2, 0, 5)
        assert before.promised == 5 and before.storage_bytes > 0
        with inside(world.acme, model):
            record(result("cart"), result("web"))
        after = counted(world, model)
        assert (after.running, after.stale, after.services) == (2, 0, 2)
        with inside(world.acme, model):
            record(result("web", "Unhealthy", probe="tcp"))
            retire_service(world.acme.services[model]["cart"])
        last = counted(world, model)
        assert (last.services, last.running, last.degraded, last.replicas) == (1, 0, 1, 3)
        assert last.promised == 3


def test_the_neighbours_look_alike_rows_are_not_counted(world: World, committed: None) -> None:
    with rolled_back_as("owner"):
        before = counted(world, "shared")
        with inside(world.globex, "shared"):
            look(stray=("registry.test/stray:1", 1))
            request_deployment(release_ref="theirs", gate="external")
        after = counted(world, "shared")
    same = ("services", "findings", "deploying", "storage_bytes", "replicas")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]


def test_drift_that_a_rule_hides_and_deployments_in_time_are_told_apart(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"):
        with inside(world.acme, "pool"):
            look(stray=("registry.test/stray:1", 1))
            request_deployment(release_ref="runs", gate="external")
        after = counted(world)
        assert after.findings > 0
        assert (after.deploying, after.overdue) == (1, 0)
        with inside(world.acme, "pool"):
            create_ignore_rule(module_id="stray", reason="an example", expires_at=in_days(30))
        run("ALTER TABLE pool_acme.deployments_runtimedeployment DISABLE TRIGGER guard")
        run(
            "UPDATE pool_acme.deployments_runtimedeployment SET deadline_at = now() - "
            "interval '1 minute' WHERE release_ref = 'runs'"
        )
        last = counted(world)
        assert last.findings == after.findings - 1
        assert (last.deploying, last.overdue) == (1, 1)


def test_a_second_count_writes_over_the_first_and_is_younger(world: World, committed: None) -> None:
    with rolled_back_as("owner"):
        first, again = counted(world), counted(world)
        assert again.id == first.id and again.counted_at > first.counted_at
        there = live(world)
        with on_platform(world):
            assert FleetCount.objects.filter(tenant_id=world.acme.slug).count() == len(there) >= 3


def test_a_suspended_binding_is_counted_and_a_released_one_is_not(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"):
        before = live(world)
        with on_platform(world):
            suspend_binding(world.acme.bindings["silo"])
            release_binding(world.acme.bindings["pool"])
        count_fleet(actor=WORKER)
        with on_platform(world):
            kept = FleetCount.objects.filter(tenant_id=world.acme.slug)
            found = set(kept.values_list("environment_id", flat=True))
        assert found == set(before) - {world.acme.environments["pool"]}
        assert world.acme.environments["silo"] in found


def test_a_tenant_without_a_live_binding_has_no_numbers_left(world: World, committed: None) -> None:
    with rolled_back_as("owner"):
        count_fleet(actor=WORKER)
        there = live(world)
        with on_platform(world):
            for binding in there.values():
                release_binding(binding)
        count_fleet(actor=WORKER)
        with on_platform(world):
            assert not FleetCount.objects.filter(tenant_id=world.acme.slug).exists()
            assert FleetCount.objects.filter(tenant_id=world.globex.slug).count() == 3


@pytest.mark.parametrize(
    ("replicas", "gib", "spent", "percent"),
    [
        (None, None, (5, 9, GIB), None),
        (10, None, (5, 9, 0), 90),  # what is promised counts as spent
        (10, 1, (5, 5, GIB), 100),  # the one that is nearest its end
        (0, None, (0, 0, 0), 0),
        (0, None, (1, 1, 0), MOST_PERCENT),
        (1, None, (10**9, 0, 0), MOST_PERCENT),
    ],
)
def test_the_quota_nearest_its_end_is_told_in_percent(
    replicas: int | None, gib: int | None, spent: tuple[int, int, int], percent: int | None
) -> None:
    binding = RuntimeTenantBinding(quota_compute_replicas=replicas, quota_storage_gib=gib)
    names = ("replicas", "promised", "storage_bytes")
    assert quota_percent(binding, dict(zip(names, spent, strict=True))) == percent


def test_a_quota_of_the_binding_reaches_the_count(world: World, committed: None) -> None:
    with rolled_back_as("owner"):
        assert counted(world).quota_percent is None
        with on_platform(world):
            change_quota(world.acme.bindings["pool"], quota={"computeReplicas": 5})
        assert counted(world).quota_percent == 100


def test_what_fails_of_one_tenant_leaves_the_others_counted_and_the_job_says_whose(
    world: World, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = timezone.now()
    count = counting.count_tenant

    def broken(tenant: str, **given: Any) -> None:
        if tenant == world.acme.slug:
            raise DatabaseError("column does not exist")
        count(tenant, **given)

    monkeypatch.setattr(counting, "count_tenant", broken)
    with pytest.raises(NotCounted, match=world.acme.slug):
        count_the_fleet(0)
    with door.using("owner"), on_platform(world):
        theirs = FleetCount.objects.filter(tenant_id=world.globex.slug)
        assert {row.counted_at > begun for row in theirs} == {True}
    monkeypatch.undo()
    assert "tenants counted" in count_the_fleet(0)


def test_no_tenant_and_no_stranger_reads_a_number_and_nobody_writes_one(
    world: World, committed: None
) -> None:
    count_the_fleet(0)
    with inside(world.acme, "shared"):
        assert not FleetCount.objects.exists()
    with on_platform(world):
        assert FleetCount.objects.filter(tenant_id=world.globex.slug).count() == 3
        for statement in (
            "UPDATE overview_fleetcount SET services = 0",
            "DELETE FROM overview_fleetcount",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), door.atomic():
                run(statement)
    connections["default"].close()
