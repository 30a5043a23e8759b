"""Several people at once: each on a thread and a database connection of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connections

Work = Callable[[], Any]


def together(*works: Work) -> list[Any]:
    """What each returned or raised, in order. All begin at the same moment."""
    barrier = threading.Barrier(len(works), timeout=20)

    def begin(work: Work) -> Any:
        barrier.wait()
        return _outcome(work)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


def meanwhile(pool: ThreadPoolExecutor, work: Work) -> "Future[Any]":
    """Begins `work`; its result is what it returned or raised.

    Leave the pool after the door that the work waits for: leaving it waits for the work.
    """
    return pool.submit(_outcome, work)


def until_somebody_waits(seconds: float = 10) -> None:
    """Returns once a session of this database waits for a lock; fails where none does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                "WHERE NOT l.granted AND a.datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")


def _outcome(work: Work) -> Any:
    try:
        return work()
    except Exception as error:
        return error
    finally:
        connections.close_all()
