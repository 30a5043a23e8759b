"""Pages of a log by its bytes: every line once, and of a large log no more is read."""

import itertools
import tracemalloc
from typing import Any

import pytest
from django.core.files.storage import storages

from apps.deployments import log_pages
from apps.deployments.log_pages import LINES, WINDOW, LogPage, last_page, page_before, page_from
from apps.deployments.logs import MAX_BYTES, write_step_log
from apps.deployments.models import DeploymentStep
from apps.deployments.operations import request_deployment, steps_of
from tests.core.doors import in_new_environment
from tests.deployments.tails import lines_of
from tests.world import World


@pytest.fixture
def step(world: World, rolled_back: None) -> Any:
    with in_new_environment(world):
        yield steps_of(request_deployment(release_ref="r1"))[0]


def all_pages(step: DeploymentStep) -> list[LogPage]:
    """From the last to the first."""
    found = [last_page(step)]
    while found[-1].has_earlier:
        found.append(page_before(step, found[-1].begins))
        assert found[-1].begins < found[-2].begins
    return found


CONTENTS = {
    "short": b"a\nb\nc\n",
    "no end": b"a\nb",
    "empty lines": b"\n\n\nx\n\n",
    "one byte": b"\n",
    "many": b"".join(b"line %d\n" % n for n in range(3_210)),
    "long lines": b"".join(b"%d " % n + b"\xc3\xa9" * 3_000 + b"\n" for n in range(120)),
    "one long line": b"x" * (WINDOW * 2 + 17),
    "a long one between": b"a\n" * 700 + b"y" * (WINDOW + 5) + b"\n" + b"b\n" * 700,
    "windows": b"a\r\nb\r\n" * 900,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_back_and_forth_every_byte_stands_on_one_page(step: DeploymentStep, name: str) -> None:
    content = CONTENTS[name]
    write_step_log(step, content)
    back = all_pages(step)[::-1]
    assert back[0].begins == 0 and back[-1].ends == len(content)
    assert all(one.ends == other.begins for one, other in itertools.pairwise(back))
    forth = [page_from(step, 0)]
    while forth[-1].has_later:
        forth.append(page_from(step, forth[-1].ends))
        assert forth[-1].ends > forth[-2].ends
    for pages in (back, forth):
        assert all(len(page.lines) <= LINES for page in pages)
        begins = [line.at for page in pages for line in page.lines]
        assert begins == sorted(set(begins))
        text = "".join("".join(lines_of(page)) for page in pages)
        wanted = content.decode(errors="replace").replace("\r", "").replace("\n", "")
        assert text.replace("�", "") == wanted.replace("�", "")


def test_a_line_is_found_again_by_where_it_begins(step: DeploymentStep) -> None:
    write_step_log(step, CONTENTS["many"])
    line = last_page(step).lines[7]
    found = page_from(step, line.at)
    assert found.lines[0] == line and found.begins == line.at


@pytest.mark.parametrize("at", [-5, 0, 3, 10**12])
def test_any_number_is_a_place_somewhere(step: DeploymentStep, at: int) -> None:
    write_step_log(step, b"first\nsecond\n")
    for turn in (page_before, page_from):
        found = turn(step, at)
        assert 0 <= found.begins <= found.ends <= found.size == 13


def test_a_page_of_a_hundred_megabytes_reads_a_window_and_no_more(
    step: DeploymentStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b"\x1b[32m" + b"x" * 94 + b"\n"
    content = line * (MAX_BYTES // len(line))
    write_step_log(step, content)
    read: list[int] = []
    real = log_pages.read_range
    monkeypatch.setattr(log_pages, "read_range", lambda s, at, n: read.append(n) or real(s, at, n))
    tracemalloc.start()
    try:
        newest = last_page(step)
        page_before(step, newest.begins)
        page_from(step, len(content) // 200 * 100)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(read) <= WINDOW and len(read) == 3
    assert most < 20 * WINDOW
    assert len(newest.lines) == LINES and newest.lines[-1].pieces[0].style == "ansi-green"
    storages["step_logs"].delete(step.log_path)


def test_of_too_many_colours_the_rest_comes_without(
    step: DeploymentStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_pages, "PIECES", 10)
    write_step_log(step, b"\x1b[31ma\x1b[32mb\n" * 20)
    found = last_page(step).lines
    assert [len(line.pieces) for line in found] == [2] * 5 + [1] * 15
    assert found[-1].pieces[0].text == "ab"


def test_the_first_line_that_says_error_is_known(step: DeploymentStep) -> None:
    write_step_log(step, b"fine\nno terrors here\n\x1b[31mERROR:\x1b[0m it broke\nFatal\n")
    found = last_page(step).first_error
    assert found is not None and found.pieces[0].text == "ERROR:"
