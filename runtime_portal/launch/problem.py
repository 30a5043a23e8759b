"""What stops a start: one line a person can act on."""

from __future__ import annotations

from contextlib import suppress


class Problem(Exception):
    """A reason to stop, told in one line. `code` is 2 for what was asked wrongly, else 1."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(" ".join(message.split()))
        self.code = code


def one_line(error: BaseException) -> str:
    """What libpq or the system says, without its hints and repetitions."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if "Multiple connection attempts failed" in lines[0]:
        return lines[-1].removeprefix("- ")
    return lines[0]


def say(line: str = "") -> None:
    """Print at once. A reader that has gone away is no reason to stop serving."""
    with suppress(OSError):
        print(line, flush=True)
