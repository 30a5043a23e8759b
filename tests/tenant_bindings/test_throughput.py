"""The rate limiter: a second's worth at once, then as many a second; its error as it says."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.core.ids import uuid7
from apps.tenant_bindings import throughput
from apps.tenant_bindings.throughput import NEVER, Limiter, allow

HERE = uuid7()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_seconds_worth_passes_at_once_and_then_as_many_a_second(clock: Clock) -> None:
    limiter = Limiter(1, clock)
    answers = [limiter.allow("acme", HERE, 5) for _ in range(6)]
    assert [a.allowed for a in answers] == [True] * 5 + [False]
    assert [a.remaining for a in answers] == [4, 3, 2, 1, 0, 0]
    assert answers[-1].retry_after == pytest.approx(0.2)
    clock.now += 0.2
    assert limiter.allow("acme", HERE, 5).allowed
    assert not limiter.allow("acme", HERE, 5).allowed
    clock.now += 3600
    assert sum(limiter.allow("acme", HERE, 5).allowed for _ in range(20)) == 5


def test_absent_is_unlimited_and_zero_is_none() -> None:
    assert allow("acme", HERE, None) == (True, 0.0, None)
    assert allow("acme", HERE, 0) == (False, NEVER, 0)


def test_tenants_and_environments_have_buckets_of_their_own(clock: Clock) -> None:
    limiter = Limiter(1, clock)
    assert limiter.allow("acme", HERE, 1).allowed
    assert not limiter.allow("acme", HERE, 1).allowed
    assert limiter.allow("globex", HERE, 1).allowed
    assert limiter.allow("acme", uuid7(), 1).allowed


def test_a_changed_limit_counts_from_the_next_request(clock: Clock) -> None:
    limiter = Limiter(1, clock)
    assert sum(limiter.allow("acme", HERE, 100).allowed for _ in range(50)) == 50
    assert sum(limiter.allow("acme", HERE, 2).allowed for _ in range(50)) == 2
    assert not limiter.allow("acme", HERE, 0).allowed


@pytest.mark.parametrize(("limit", "processes"), [(100, 4), (10, 4), (3, 4), (1, 1), (50, 1)])
def test_all_processes_together_stay_within_the_error_that_is_stated(
    clock: Clock, limit: int, processes: int
) -> None:
    limiters = [Limiter(processes, clock) for _ in range(processes)]
    passed, seconds, steps = 0, 10, 1000
    for _ in range(steps):
        passed += sum(limiter.allow("acme", HERE, limit).allowed for limiter in limiters)
        clock.now += seconds / steps
    extra = processes if limit % processes else 0
    assert limit * seconds - processes <= passed <= limit * (seconds + 1) + extra


def test_threads_that_ask_at_once_get_no_token_twice(clock: Clock) -> None:
    limiter = Limiter(1, clock)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: limiter.allow("acme", HERE, 50).allowed, range(2000)))
    assert sum(answers) == 50


def test_what_was_long_unused_is_forgotten_first(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "MOST_BUCKETS", 2)
    limiter = Limiter(1, clock)
    for name in ("a", "b", "c"):
        clock.now += 0.01
        limiter.allow(name, HERE, 1)
    assert not limiter.allow("b", HERE, 1).allowed
    assert limiter.allow("a", HERE, 1).allowed
