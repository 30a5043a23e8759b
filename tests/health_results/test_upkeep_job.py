"""The worker makes the coming days; one that was killed in the middle is taken up again."""

import contextlib
import signal
import subprocess
import sys
from datetime import timedelta

from django.conf import settings
from django.db import connections
from procrastinate.exceptions import AlreadyEnqueued

from apps.core.walls.days import part_of
from apps.health_results.tasks import make_coming_days
from tests.health_results.results import TABLE
from tests.health_results.test_days import around, drop, parts, today
from tests.isolation.logins import connect
from tests.tenant_bindings.test_worker import _environment
from tests.world import World

PLACES = ("pool_acme", "pool_globex", "shared", "silo_acme", "silo_globex")


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=settings.BASE_DIR, env=_environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ask() -> None:
    """Unless the job waits already, as one that a worker has asked for and left does."""
    with contextlib.suppress(AlreadyEnqueued, AssertionError):
        make_coming_days.defer(timestamp=0)


def make_once() -> None:
    ask()
    worker = start("manage.py", "runtime_inventory_worker", "--once")
    _, told = worker.communicate(timeout=60)
    assert worker.returncode == 0, told
    assert "ERROR" not in told


def test_the_worker_makes_the_days_of_every_partition(world: World, committed: None) -> None:
    last = part_of(TABLE, today() + timedelta(days=7))
    for place in PLACES:
        drop(place, last)
    make_once()
    assert all(parts(place) == around(today()) for place in PLACES)


def test_a_worker_killed_in_the_middle_is_taken_up_again(world: World, committed: None) -> None:
    last = part_of(TABLE, today() + timedelta(days=7))
    for place in PLACES:
        drop(place, last)
    ask()
    with connect("owner") as busy:
        # It waits here, behind what it has done already, until it is killed.
        busy.execute(f"LOCK TABLE silo_acme.{TABLE} IN ACCESS EXCLUSIVE MODE".encode())
        worker = start("-m", "tests.health_results.patient")
        try:
            _until_somebody_waits()
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.communicate(timeout=20)
    assert last in parts("pool_acme") & parts("shared")
    assert last not in parts("silo_acme") | parts("silo_globex")
    make_once()
    assert all(parts(place) == around(today()) for place in PLACES)


def _until_somebody_waits() -> None:
    from tests.core.threads import until_somebody_waits

    until_somebody_waits(30)
    connections["owner"].close()
