"""What the probes of a landscape said in the last day: every ten minutes, up to now and no further.

A service that ails did so all day; one of the others had a bad half hour. Nobody probes what is
stopped or unseen. Nothing goes on saying so: a demo that stands for an hour shows it as stale.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from apps.health_results.results import Result
from apps.services.models import ComponentType, RuntimeService

HOURS = 24
AT_ONCE = 2  # hours that are recorded together
_EVERY = timedelta(minutes=10)
_LISTENS = (ComponentType.DATABASE, ComponentType.QUEUE, ComponentType.WORKER)
_BAD_RESULTS = 3


def results_until(
    ends: datetime, services: Iterable[RuntimeService], rng: random.Random, unwell: str = ""
) -> Iterator[Result]:
    """Of AT_ONCE hours, six an hour; `unwell` names a service that fails in the middle of them."""
    for service in services:
        usual = rng.uniform(8, 90)
        offset = timedelta(seconds=rng.uniform(1, 50))
        for number in range(6 * AT_ONCE):
            fails = service.module_id == unwell and 4 <= number < 4 + _BAD_RESULTS
            yield _result(service, ends - offset - _EVERY * number, usual, rng, fails)


def _result(
    service: RuntimeService, at: datetime, usual: float, rng: random.Random, fails: bool
) -> Result:
    degraded = service.status == "Degraded"
    slow = usual * rng.uniform(0.8, 1.4) * (12 if degraded else 1)
    probe = "tcp" if service.component_type in _LISTENS else "http"
    return Result(
        status="Unhealthy" if fails else "Degraded" if degraded else "Healthy",
        probe=probe,
        checked_at=at,
        service_id=service.id,
        latency_ms=None if fails else int(slow),
        detail="no answer within 5 s" if fails else "slow to answer" if degraded else "",
    )
