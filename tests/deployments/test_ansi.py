"""What a log may make of a page: text and a few classes, whatever its bytes are."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.deployments.ansi import STYLES, Piece, pieces

ESC = "\x1b"


def text_of(line: str) -> str:
    return "".join(piece.text for piece in pieces(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plain", [Piece("plain")]),
        ("", []),
        (f"{ESC}[31mred{ESC}[0m and not", [Piece("red", "ansi-red"), Piece(" and not")]),
        (f"{ESC}[1;91mloud{ESC}[mquiet", [Piece("loud", "ansi-bold ansi-red"), Piece("quiet")]),
        (f"{ESC}[1;32mok{ESC}[22mstill green", [
            Piece("ok", "ansi-bold ansi-green"), Piece("still green", "ansi-green")]),
        (f"{ESC}[38;5;196mpalette{ESC}[39m", [Piece("palette")]),
        (f"{ESC}[38;2;1;31;3;34mblue", [Piece("blue", "ansi-blue")]),
        (f"{ESC}[999999999999mx", [Piece("x")]),
        (f"{ESC}[4:3mwavy", [Piece("wavy", "ansi-underline ansi-italic")]),
    ],
)  # fmt: skip
def test_colours_and_weights_become_classes(line: str, expected: list[Piece]) -> None:
    assert pieces(line) == expected


@pytest.mark.parametrize(
    "sequence",
    [
        f"{ESC}[2J", f"{ESC}[1;1H", f"{ESC}[?25l", f"{ESC}[6n", f"{ESC}[K", f"{ESC}c", f"{ESC}(B",
        f"{ESC}]0;title\x07", f"{ESC}]8;;javascript:alert(1){ESC}\\", f"{ESC}P+q544e{ESC}\\",
        f"{ESC}]52;c;cm0gLXJmIC8=\x07", f"{ESC}_G{ESC}\\", f"{ESC}[>4;2m", f"{ESC}=", f"{ESC}7",
    ],
)  # fmt: skip
def test_every_other_sequence_goes_and_what_stands_around_it_stays(sequence: str) -> None:
    assert text_of(f"before{sequence}after") == "beforeafter"


@pytest.mark.parametrize(
    "line",
    [
        f"{ESC}]0;not ended, and so on",
        f"{ESC}[31",
        f"{ESC}[{';' * 500}m!",
        f"{ESC}]{'x' * 3000}\x07",
        ESC,
    ],
)
def test_an_unfinished_sequence_hides_nothing(line: str) -> None:
    """What follows the escape shows, but for the letter that may belong to it."""
    shown = text_of(line)
    assert ESC not in shown
    assert len(shown) >= len(line) - 4


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("10%\r20%\rdone", "10%␍20%␍done"),
        ("a\x08\x08b", "a��b"),
        ("nul\x00", "nul�"),
        ("access‮drow‬", "access�drow�"),
        ("\x9b31mc1", "�31mc1"),
        ("a\tb", "a\tb"),
    ],
)
def test_what_would_only_mislead_a_reader_shows_as_such(line: str, shown: str) -> None:
    assert text_of(line) == shown


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("\x1b[];:0123456789mAJ\x07\\ax<>&\"'\r\x00\x9b"), max_size=200)
)
def test_whatever_it_is_only_known_classes_and_printable_text_come_of_it(line: str) -> None:
    for piece in pieces(line):
        assert set(piece.style.split()) <= STYLES
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", piece.text)
    markup = re.findall("[<>&\"']", line)
    inside = "".join(re.findall("[<>&\"']", text_of(line)))
    assert set(inside) <= set(markup)


@pytest.mark.parametrize(
    "line",
    [
        f"{ESC}[" * 60_000, f"{ESC}]" * 60_000, f"{ESC}[{'1;' * 60_000}", f"{ESC}[0m" * 30_000,
        f"{ESC}]{'a' * 120_000}", f"{ESC}{' ' * 120_000}", "\x07" * 120_000,
    ],
)  # fmt: skip
def test_a_hostile_line_takes_no_longer_than_its_length(line: str) -> None:
    begun = time.process_time()
    pieces(line)
    assert time.process_time() - begun < 2
