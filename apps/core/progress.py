"""How far a long command is: a bar on a terminal, nothing where nobody watches."""

import time
from typing import TextIO

_WIDTH = 30
_EVERY = 0.1  # seconds


class Progress:
    """A bar on `stream` where that is a terminal. `total` 0: unknown, only the count is shown."""

    def __init__(self, stream: TextIO, total: int, noun: str) -> None:
        self._stream, self._total, self._noun = stream, total, noun
        self._shown_at, self._done = 0.0, 0
        self._watched = stream.isatty()

    def show(self, done: int, count: int) -> None:
        """`done` of `total` has been read, and `count` things were in it."""
        now = time.monotonic()
        if not self._watched or now - self._shown_at < _EVERY:
            return
        self._shown_at = now
        share = min(done / self._total, 1) if self._total else 0
        bar = f"[{'#' * int(share * _WIDTH):<{_WIDTH}}] {share:4.0%} " if self._total else ""
        self._stream.write(f"\r{bar}{count:,} {self._noun}")
        self._stream.flush()

    def more(self, count: int) -> None:
        """So many more things have been done, of a total of things."""
        self._done += count
        self.show(self._done, self._done)

    def end(self) -> None:
        """Clears the line."""
        if self._watched:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
