"""Every result of one service, newest first."""

import re
from datetime import timedelta
from typing import Any

import pytest

from apps.core.access import Role
from apps.core.ids import uuid7
from tests.console.bodies import words
from tests.console.paging import walk
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside, now
from tests.health_results.results import ago, record, result
from tests.world import World

NAME = "health_results:service_health"


@pytest.fixture
def path(world: World) -> str:
    return things_of(world.acme).path(NAME)


def details(page: Any) -> list[str]:
    """What stands in the column of details, row by row."""
    return re.findall(
        r'data-label="Detail" class="clip"><span title="([^"]*)"', page.content.decode()
    )


def test_results_stand_newest_first_with_what_was_said(
    world: World, sign_in: SignIn, path: str
) -> None:
    with inside(world.acme, "silo"):
        record(
            result("cart", detail="older", checked_at=ago(minutes=9)),
            result("cart", "Unhealthy", detail="newer", latency_ms=4021, checked_at=ago(minutes=2)),
        )
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path)
    assert details(page) == ["newer", "older", ""]
    assert "4021 ms" in words(page)


def test_it_is_filtered_by_probe_and_by_status(world: World, sign_in: SignIn, path: str) -> None:
    with inside(world.acme, "silo"):
        for probe, status in (("http", "Healthy"), ("tcp", "Healthy"), ("tcp", "Degraded")):
            at = ago(minutes=len(probe + status))
            record(result("cart", status, probe=probe, detail=f"{probe} {status}", checked_at=at))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert details(browser.get(path, {"probe": "tcp"})) == ["tcp Healthy", "tcp Degraded"]
    assert details(browser.get(path, {"status": "Degraded"})) == ["tcp Degraded"]
    both = browser.get(path, {"probe": "http", "status": "Degraded"})
    assert "Nothing matches" in words(both)
    for wrong in ({"probe": "nothing"}, {"status": "Fine"}):
        assert browser.get(path, wrong).status_code == 422


def test_it_is_paged_through_days_and_equal_times(world: World, sign_in: SignIn, path: str) -> None:
    """Two probes report at the same moment; the order is whole all the same."""
    with inside(world.acme, "silo"):
        begun = now() - timedelta(minutes=1)
        record(
            *[
                result("cart", probe=probe, detail=f"{n:03} {probe}",
                       checked_at=begun - timedelta(minutes=47 * n))
                for n in range(60)
                for probe in ("a", "b")
            ]
        )  # fmt: skip
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    pages, last = walk(browser, path, "next")
    shown = [detail for page in pages for detail in details(page)]
    assert [len(details(page)) for page in pages] == [50, 50, 21]
    assert len(set(shown)) == 121
    numbers = [int(detail[:3]) for detail in shown if detail]
    assert numbers == sorted(numbers)
    back, _ = walk(browser, last, "prev")
    assert [details(page) for page in reversed(back)] == [details(page) for page in pages]


@pytest.mark.parametrize(
    "cursor", ["x", "WyJuIiwgIngiLCAieSJd", "WyJuIiwgIjIwMjYtMTEtMjQiLCAieSJd"]
)
def test_a_cursor_that_no_page_gave_is_refused(
    world: World, sign_in: SignIn, path: str, cursor: str
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert browser.get(path, {"cursor": cursor}).status_code == 422


def test_a_service_of_another_is_not_there(world: World, sign_in: SignIn, path: str) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    mine = str(world.acme.services["silo"]["cart"])
    others = (world.globex.services["silo"]["cart"], world.acme.services["pool"]["cart"], uuid7())
    for other in others:
        assert browser.get(path.replace(mine, str(other))).status_code == 404


def test_a_detail_that_is_markup_is_shown_as_it_is(
    world: World, sign_in: SignIn, path: str
) -> None:
    with inside(world.acme, "silo"):
        record(result("cart", detail='"><img src=x>'))
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path)
    assert "<img src=x" not in page.content.decode()


def test_the_neighbours_twin_shows_nothing_of_it(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "shared"):
        record(result("cart", detail="only of acme"))
    theirs = things_of(world.globex, "shared").path(NAME)
    assert "only of acme" not in words(sign_in(world.stranger).get(theirs))


def test_a_click_on_a_half_hour_leaves_its_results(
    world: World, sign_in: SignIn, path: str
) -> None:
    with inside(world.acme, "silo"):
        for minutes in (0, 95):
            late = {"checked_at": ago(minutes=minutes), "probe": f"m{minutes}", "latency_ms": 5}
            record(result(things_of(world.acme).service, "Unhealthy", **late))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    page = browser.get(path)
    ways = re.findall(r'<a href="([^"]*[?]slot=[^"]*)"', page.content.decode())
    assert len(ways) == 3  # the world's own, of an hour ago, too
    for way, probe in ((ways[-1], "m0"), (ways[0], "m95")):
        found = browser.get(way)
        assert [row.probe for row in found.context["page"].rows] == [probe]
        assert "Half hour: " in words(found)
    assert "latency, mean of each half hour; 12 ms at most" in words(page)


@pytest.mark.parametrize("slot", ["20261124T2015", "yesterday", "20269924T0000", "\x00"])
def test_what_is_no_half_hour_is_refused(
    sign_in: SignIn, world: World, path: str, slot: str
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert browser.get(path, {"slot": slot}).status_code == 422


def test_a_half_hour_that_no_bar_shows_any_more_can_still_be_asked_for(
    world: World, sign_in: SignIn, path: str
) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path, {"slot": "20260101T0030"})
    assert page.status_code == 200 and not page.context["page"].rows
