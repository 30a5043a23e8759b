"""The `make` that started us, which tells its recipe of SIGTERM alone."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


class Parent:
    """The process that started us, watched from now on."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._caught = self._catches()

    def wants_an_end(self) -> bool:
        """Whether it is gone, or was itself asked to go.

        Sent SIGINT or SIGHUP for itself (a terminal would send it to us too), make drops its
        handler and waits for its recipe without a word to it. Only Linux shows that.
        """
        return os.getppid() != self._pid or bool(self._caught & ~self._catches())

    def _catches(self) -> int:
        with suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{self._pid}/status").read_text()
            caught = int(status.split("SigCgt:")[1].split()[0], 16)
            return caught & (1 << (signal.SIGINT - 1) | 1 << (signal.SIGHUP - 1))
        return 0
