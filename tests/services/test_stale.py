from datetime import timedelta

import pytest
from django.utils import timezone

from apps.services.models import RuntimeService, live_state
from apps.services.operations import create_services, degrade_service, run_service
from tests.core.doors import in_new_environment, run
from tests.services.test_create_services import spec
from tests.world import World

MINUTES = [(None, True), (16, True), (15.1, True), (14.9, False), (0, False)]


@pytest.mark.attacks("stale is not healthy")
@pytest.mark.parametrize(("minutes", "stale"), MINUTES)
@pytest.mark.parametrize("status", ["Pending", "Running", "Degraded", "Stopped", "Retired"])
def test_a_service_not_seen_for_a_quarter_of_an_hour_is_stale_and_never_healthy(
    status: str, minutes: float | None, stale: bool
) -> None:
    seen = None if minutes is None else timezone.now() - timedelta(minutes=minutes)
    service = RuntimeService(status=status, last_observed_at=seen)
    looked_at = status not in ("Stopped", "Retired")
    assert service.is_stale is (stale and looked_at)
    assert service.live_state == ("Stale" if stale and looked_at else status)


@pytest.mark.parametrize(("minutes", "stale"), MINUTES)
def test_what_is_counted_is_what_is_shown(
    world: World, rolled_back: None, minutes: float | None, stale: bool
) -> None:
    with in_new_environment(world) as entered:
        create_services([spec("a")])
        here = RuntimeService.objects.filter(environment_id=entered.environment_id)
        if minutes is not None:
            here.update(last_observed_at=timezone.now() - timedelta(minutes=minutes))
        for status in ("Running", "Degraded", "Stopped", "Retired"):
            here.update(status=status)
            counted = here.annotate(shown=live_state()).get()
            assert counted.shown == counted.live_state


def test_seeing_a_service_makes_it_fresh(world: World, rolled_back: None) -> None:
    forget = "UPDATE services_runtimeservice SET last_observed_at = NULL WHERE id = %s"
    with in_new_environment(world):
        (made,) = create_services([spec()])
        for seen in (run_service, degrade_service, run_service):
            run(forget, [made.id])
            assert not seen(made.id).is_stale
