"""How long a run may take, and who may tell it to stop: asked between two batches, so that none is
broken off.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

_told: ContextVar[Callable[[], bool]] = ContextVar("told_to_stop", default=lambda: False)


@contextmanager
def stopped_by(told: Callable[[], bool]) -> Iterator[None]:
    """A run in here ends after the batch in which `told` comes to answer yes."""
    token = _told.set(told)
    try:
        yield
    finally:
        _told.reset(token)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """By the first SIGTERM or SIGINT; a second does what it did before. Other threads than the main
    one hear no signals, and are stopped by none.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stop = threading.Event()
    before: dict[int, Any] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def heard(number: int, frame: Any) -> None:
        stop.set()
        restore()

    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.signal(number, heard)
    try:
        with stopped_by(stop.is_set):
            yield
    finally:
        restore()


class Limit:
    """`cut` once something was left because the time was over or the run was told to stop; `told`
    says which. No seconds: no limit.
    """

    def __init__(self, seconds: int | None = None) -> None:
        self._ends_at = None if seconds is None else monotonic() + seconds
        self.cut = self.told = False

    def reached(self) -> bool:
        """Asked only where something is left to do."""
        self.told = self.told or _told.get()()
        if self.told or (self._ends_at is not None and monotonic() >= self._ends_at):
            self.cut = True
        return self.cut
