"""Lines of a log as pieces of text with a style: what a terminal would colour, and nothing else.

Whoever writes a log chooses its bytes, so nothing of them reaches a page but text: of the escape
sequences the colours and weights become one of the classes of STYLES, every other goes, and what
would only make a reader see something else (control characters, marks that turn the direction of
text) stands as a replacement. Nothing is ever hidden: a carriage return shows, an unfinished
sequence loses its escape alone. Takes time in proportion to the length of the line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
# {parameter of "select graphic rendition": (what it sets, class)}
_SETS: dict[int, tuple[str, str]] = {
    0: ("all", ""), 1: ("weight", "bold"), 2: ("weight", "dim"), 3: ("slant", "italic"),
    4: ("line", "underline"), 22: ("weight", ""), 23: ("slant", ""), 24: ("line", ""),
    39: ("colour", ""),
    **{base + n: ("colour", name) for base in (30, 90) for n, name in enumerate(_COLOURS)},
}  # fmt: skip
STYLES = frozenset(f"ansi-{name}" for _, name in _SETS.values() if name)
# 38 and 48 begin a colour of a palette (5;n) or of three parts (2;r;g;b): looked over.
_EXTENDED = {5: 2, 2: 4}
# Quantifiers are bounded, so that no sequence is looked for twice over the same text.
_SEQUENCE = re.compile(
    r"\x1b\[([0-9:;<=>?]{0,64})[ -/]{0,4}([@-~])"  # control sequences
    r"|\x1b[\]PX^_][^\x07\x1b]{0,1024}(?:\x07|\x1b\\)"  # strings for the terminal
    r"|\x1b[ -/]{1,4}[0-~]|\x1b[0-Z\\^-~]?"  # others, and an escape by itself
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class Piece:
    """Text of one style; `style` is classes of STYLES, or empty."""

    text: str
    style: str = ""


def pieces(line: str) -> list[Piece]:
    """One line, without its end. The style begins anew with each line."""
    style: dict[str, str] = {}
    made: list[Piece] = []
    at = 0
    for found in _SEQUENCE.finditer(line):
        made += _piece(line[at : found.start()], style)
        at = found.end()
        if found[2] == "m":
            _render(style, found[1])
    made += _piece(line[at:], style)
    return made


def _piece(text: str, style: dict[str, str]) -> Iterator[Piece]:
    if text:
        classes = " ".join(f"ansi-{name}" for name in style.values() if name)
        yield Piece(_CONTROL.sub(_visible, text), classes)


def _visible(found: re.Match[str]) -> str:
    return "\u240d" if found[0] == "\r" else REPLACEMENT


def _render(style: dict[str, str], given: str) -> None:
    numbers = [int(n) if n.isdigit() and len(n) < 4 else 0 for n in re.split("[;:]", given)]
    at = 0
    while at < len(numbers):
        number = numbers[at]
        if number in (38, 48):
            following = numbers[at + 1] if at + 1 < len(numbers) else 0
            at += _EXTENDED.get(following, 0)
        elif number in _SETS:
            what, name = _SETS[number]
            if what == "all":
                style.clear()
            else:
                style[what] = name
        at += 1
