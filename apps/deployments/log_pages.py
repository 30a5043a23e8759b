"""A step's log page by page: by offsets, so that a page costs the same of 100 MB as of 1 kB.

A line is known by the byte that it begins at: that needs no count of what stands before, and names
the same line for ever, for a log is written once. A page is at most LINES lines and WINDOW bytes;
of a line that is longer than the window a part is shown, and the next page goes on with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from apps.deployments.ansi import Piece, pieces
from apps.deployments.logs import read_range
from apps.deployments.models import DeploymentStep

LINES = 500
WINDOW = 256 * 1024
# So many changes of colour are drawn on a page; lines after that come without.
PIECES = 5000
_ERROR = re.compile(r"\b(error|fatal|failed|exception|panic|traceback)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """`at` is the byte that it begins at."""

    at: int
    pieces: Sequence[Piece]

    @property
    def says_error(self) -> bool:
        return bool(_ERROR.search("".join(piece.text for piece in self.pieces)))


@dataclass(frozen=True)
class LogPage:
    """The lines of the bytes from `begins` until `ends`, of `size` that there are."""

    lines: Sequence[Line]
    begins: int
    ends: int
    size: int

    @property
    def has_earlier(self) -> bool:
        return self.begins > 0

    @property
    def has_later(self) -> bool:
        return self.ends < self.size

    @property
    def first_error(self) -> Line | None:
        return next((line for line in self.lines if line.says_error), None)


def last_page(step: DeploymentStep) -> LogPage:
    """NotFound where the log is not in its place."""
    return page_before(step, step.log_bytes or 0)


def page_before(step: DeploymentStep, end: int) -> LogPage:
    """What ends there."""
    size = step.log_bytes or 0
    end = min(max(end, 0), size)
    begins = max(end - WINDOW, 0)
    content = read_range(step, begins, end - begins)
    if begins and (cut := content.find(b"\n", 0, -1)) >= 0:
        begins += cut + 1  # the first line is cut, unless it is the only one
        content = content[cut + 1 :]
    found = _split(content)
    if len(found) > LINES:
        gone = sum(map(len, found[:-LINES]))
        begins, found = begins + gone, found[-LINES:]
    return LogPage(_lines(found, begins), begins, end, size)


def page_from(step: DeploymentStep, begins: int) -> LogPage:
    """What begins there."""
    size = step.log_bytes or 0
    begins = min(max(begins, 0), size)
    content = read_range(step, begins, min(WINDOW, size - begins))
    if begins + len(content) < size and (cut := content.rfind(b"\n")) >= 0:
        content = content[: cut + 1]
    found = _split(content)[:LINES]
    return LogPage(_lines(found, begins), begins, begins + sum(map(len, found)), size)


def _split(content: bytes) -> list[bytes]:
    """At line feeds alone, each with its own: their lengths are offsets."""
    found = content.split(b"\n")
    return [line + b"\n" for line in found[:-1]] + ([found[-1]] if found[-1] else [])


def _lines(found: Sequence[bytes], at: int) -> list[Line]:
    made, left = [], PIECES
    for raw in found:
        text = raw.decode(errors="replace").removesuffix("\n").removesuffix("\r")
        drawn = pieces(text)
        left -= len(drawn)
        if left < 0:
            drawn = [Piece("".join(piece.text for piece in drawn))]
        made.append(Line(at, drawn))
        at += len(raw)
    return made
