"""throughputRps: requests a second of one tenant in one environment, by a token bucket.

The bucket is in the memory of each web process: a row in PostgreSQL would make a write of every
read and one row the bottleneck of a tenant. Each of P processes (settings.WEB_PROCESSES) fills at
limit / P a second and holds at most one second's worth.

Its error: all processes together let pass at most limit x (t + 1) requests in any t seconds, and
up to P more where the limit does not divide by P (a bucket holds at least one token); after a
restart every bucket is full. Where the load is uneven, who meets one process alone is held to
limit / P. Several machines need WEB_CONCURRENCY to count the processes of all.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

MOST_BUCKETS = 10_000
# What is said to who has no throughput at all: only another quota helps.
NEVER = 60.0


class Allowance(NamedTuple):
    """`retry_after` in seconds, 0 where allowed; `remaining` None where there is no limit."""

    allowed: bool
    retry_after: float
    remaining: int | None


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class Limiter:
    """The buckets of one process, safe for its threads. `clock` gives seconds that never fall."""

    def __init__(self, processes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._processes = processes
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, UUID], _Bucket] = {}

    def allow(self, tenant_id: str, environment_id: UUID, limit: int | None) -> Allowance:
        """Takes a token, if there is one. A changed limit counts from the next request."""
        if limit is None:
            return Allowance(True, 0.0, None)
        if limit <= 0:
            return Allowance(False, NEVER, 0)
        rate = limit / self._processes
        most = max(rate, 1.0)
        with self._lock:
            now = self._clock()
            bucket = self._bucket((tenant_id, environment_id), most, now)
            bucket.tokens = min(bucket.tokens + (now - bucket.filled_at) * rate, most)
            bucket.filled_at = now
            if bucket.tokens < 1.0:
                return Allowance(False, (1.0 - bucket.tokens) / rate, 0)
            bucket.tokens -= 1.0
            return Allowance(True, 0.0, int(bucket.tokens))

    def _bucket(self, key: tuple[str, UUID], most: float, now: float) -> _Bucket:
        found = self._buckets.get(key)
        if found is None:
            if len(self._buckets) >= MOST_BUCKETS:
                # The longest unused is the fullest: forgetting it gives away the least.
                del self._buckets[min(self._buckets, key=lambda k: self._buckets[k].filled_at)]
            found = self._buckets[key] = _Bucket(most, now)
        return found


_limiter = Limiter(settings.WEB_PROCESSES)


def allow(tenant_id: str, environment_id: UUID, limit: int | None) -> Allowance:
    """Whether one more request may pass now; `limit` is the binding's quota_throughput_rps."""
    return _limiter.allow(tenant_id, environment_id, limit)
