"""Eight probes at once: what they all report is kept once, and nobody waits for ever."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta

from apps.core.models import AuditEntry
from apps.health_results.models import HealthCheckResult
from apps.health_results.operations import record_results
from apps.health_results.results import Result
from apps.services.models import RuntimeService
from apps.tenant_bindings.release import release_binding
from tests.core.doors import inside, now, on_platform
from tests.core.spare import spare_world
from tests.core.threads import together
from tests.world import World

WRITERS = 8


def some(world: World, count: int, model: str = "shared") -> list[Result]:
    tenant = world.acme
    with inside(tenant, model, writing=False):
        begun = now() - timedelta(minutes=10)
    services = [tenant.services[model][name] for name in ("cart", "web")]
    return [
        Result("Healthy", "writers", begun - timedelta(seconds=n), services[n % 2])
        for n in range(count)
    ]


def test_what_eight_report_in_any_order_is_kept_once(committed: None) -> None:
    world = spare_world()
    results = some(world, 400)
    rng = random.Random(8)  # seeded: the same orders in every run

    def writer(order: Sequence[Result]) -> Callable[[], tuple[int, int]]:
        def write() -> tuple[int, int]:
            with inside(world.acme, "shared"):
                recorded = record_results(order)
            return recorded.accepted, recorded.duplicates

        return write

    orders = [rng.sample(results, len(results)) for _ in range(WRITERS)]
    outcomes = together(*[writer(order) for order in orders])
    assert sum(accepted for accepted, _ in outcomes) == 400
    assert sum(duplicates for _, duplicates in outcomes) == 400 * (WRITERS - 1)
    with inside(world.acme, "shared"):
        assert HealthCheckResult.objects.filter(probe="writers").count() == 400
        told = AuditEntry.objects.filter(tenant_id=world.acme.slug, action="health.recorded")
        assert sum(entry.after["count"] for entry in told) == 400
        seen = RuntimeService.objects.filter(id__in=world.acme.services["shared"].values())
        assert {service.status for service in seen} == {"Running"}
    with inside(world.globex, "shared"):
        assert not HealthCheckResult.objects.filter(probe="writers").exists()


def test_the_newest_decides_whoever_comes_last(committed: None) -> None:
    """The transition waits for the service's row, and then looks anew."""
    world = spare_world()
    service = world.acme.services["pool"]["cart"]
    with inside(world.acme, "pool", writing=False):
        at = now()
    statuses = ["Unhealthy"] * (WRITERS - 1) + ["Healthy"]
    works = [
        Result(status, "newest", at - timedelta(seconds=WRITERS - n), service)
        for n, status in enumerate(statuses)
    ]

    def write(result: Result) -> str:
        with inside(world.acme, "pool"):
            record_results([result])
        return "done"

    assert together(*[lambda r=r: write(r) for r in works]) == ["done"] * WRITERS  # type: ignore[misc]
    with inside(world.acme, "pool"):
        assert RuntimeService.objects.get(id=service).status == "Running"


def test_no_result_is_recorded_after_a_release(fresh: Callable[[], World]) -> None:
    world = fresh()
    results = some(world, 300, "pool")

    def write() -> int:
        with inside(world.acme, "pool"):
            return record_results(results).accepted

    def release() -> str:
        with on_platform(world):
            return release_binding(world.acme.bindings["pool"]).status

    recorded, released = together(write, release)
    assert released == "Released"
    assert recorded == 300 or recorded.status == 404
