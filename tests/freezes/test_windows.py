"""When a freeze holds, to the second, asked of the database's own function."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.core.doors import run
from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")

ONCE = "SELECT app.frozen_until(%s, %s, NULL, NULL, NULL, '', %s)"
WEEKLY = "SELECT app.frozen_until(NULL, NULL, %s::int[], %s, %s, %s, %s)"


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _weekly(days: list[int], begin: str, until: str, zone: str, at: str) -> Any:
    found = run(WEEKLY, [days, begin, until, zone, _utc(at)])[0][0]
    return found and found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-01-01 09:59:59.999999", False),
        ("2026-01-01 10:00:00", True),
        ("2026-01-01 11:59:59.999999", True),
        ("2026-01-01 12:00:00", False),
    ],
)
def test_from_until_holds_from_its_first_moment_up_to_its_last(
    world: World, at: str, holds: bool
) -> None:
    begin, end = _utc("2026-01-01 10:00"), _utc("2026-01-01 12:00")
    assert run(ONCE, [begin, end, _utc(at)]) == [(end if holds else None,)]


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-01-09 16:59:59.999999", None),  # Friday, Berlin is an hour ahead of UTC
        ("2026-01-09 17:00:00", "2026-01-09 21:30:00"),
        ("2026-01-09 21:29:59.999999", "2026-01-09 21:30:00"),
        ("2026-01-09 21:30:00", None),
        ("2026-01-10 18:00:00", None),  # Saturday
        ("2026-07-10 15:59:59", None),  # in summer two hours
        ("2026-07-10 16:00:00", "2026-07-10 20:30:00"),
    ],
)
def test_weekly_follows_the_clock_of_its_zone(world: World, at: str, until: str | None) -> None:
    assert _weekly([5], "18:00", "22:30", "Europe/Berlin", at) == until


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-01-09 20:59:59", None),
        ("2026-01-09 21:00:00", "2026-01-10 05:00:00"),
        ("2026-01-10 00:30:00", "2026-01-10 05:00:00"),  # past midnight it is Friday's still
        ("2026-01-10 04:59:59.999999", "2026-01-10 05:00:00"),
        ("2026-01-10 05:00:00", None),
        ("2026-01-10 21:30:00", None),  # Saturday evening begins nothing
        ("2026-01-09 03:00:00", None),  # Thursday's night is not Friday's
    ],
)
def test_weekly_goes_over_midnight(world: World, at: str, until: str | None) -> None:
    assert _weekly([5], "22:00", "06:00", "Europe/Berlin", at) == until


@pytest.mark.parametrize(
    ("at", "until"),
    [
        # 29 March 2026: at 02:00 it is 03:00. The window of 02:30 begins an hour later by then.
        ("2026-03-29 01:29:59", None),
        ("2026-03-29 01:30:00", "2026-03-29 02:00:00"),
        ("2026-03-29 01:59:59", "2026-03-29 02:00:00"),
        ("2026-03-29 02:00:00", None),
    ],
)
def test_a_time_that_the_clocks_skip_comes_an_hour_later(
    world: World, at: str, until: str | None
) -> None:
    assert _weekly([7], "02:30", "04:00", "Europe/Berlin", at) == until


def test_a_night_over_the_change_is_as_long_as_the_night_is(world: World) -> None:
    night = ([6], "22:00", "06:00", "Europe/Berlin")
    # To summer time: seven hours. To winter time: nine.
    assert _weekly(*night, "2026-03-28 21:00:00") == "2026-03-29 04:00:00"
    assert _weekly(*night, "2026-03-28 20:59:59") is None
    assert _weekly(*night, "2026-10-24 20:00:00") == "2026-10-25 05:00:00"
    assert _weekly(*night, "2026-10-25 04:59:59") == "2026-10-25 05:00:00"
    assert _weekly(*night, "2026-10-25 05:00:00") is None


@pytest.mark.parametrize(
    ("at", "until"),
    [
        # 25 October 2026: 02:00 to 03:00 comes twice, and is frozen twice.
        ("2026-10-24 23:59:59", None),
        ("2026-10-25 00:00:00", "2026-10-25 01:30:00"),  # 02:00 for the first time
        ("2026-10-25 00:45:00", "2026-10-25 01:30:00"),  # 02:45 for the first time
        ("2026-10-25 01:29:59", "2026-10-25 01:30:00"),
        ("2026-10-25 01:30:00", None),  # 02:30 for the last time
    ],
)
def test_a_time_that_comes_twice_is_frozen_from_its_first_to_its_last(
    world: World, at: str, until: str | None
) -> None:
    assert _weekly([7], "02:00", "02:30", "Europe/Berlin", at) == until


def test_half_an_hour_of_change_is_half_an_hour(world: World) -> None:
    """Lord Howe's clocks go back from 02:00 to 01:30 on 5 April 2026 (15:00 UTC the day before)."""
    window = ([7], "01:30", "01:45", "Australia/Lord_Howe")
    assert _weekly(*window, "2026-04-04 14:29:59") is None
    assert _weekly(*window, "2026-04-04 14:30:00") == "2026-04-04 15:15:00"
    assert _weekly(*window, "2026-04-04 15:14:59") == "2026-04-04 15:15:00"
    assert _weekly(*window, "2026-04-04 15:15:00") is None


def test_windows_that_touch_are_one(world: World) -> None:
    """Monday to Friday, all day: until Saturday."""
    found = _weekly([1, 2, 3, 4, 5], "00:00", "00:00", "UTC", "2026-01-06 12:00:00")
    assert found == "2026-01-10 00:00:00"
    assert _weekly([1, 2, 3, 4, 5], "00:00", "00:00", "UTC", "2026-01-10 00:00:00") is None


def test_always_is_always(world: World) -> None:
    every = ([1, 2, 3, 4, 5, 6, 7], "00:00", "00:00", "America/New_York")
    found = [
        _weekly(*every, f"2026-{month:02}-{day:02} {hour:02}:30:00")
        for month, day in ((3, 8), (11, 1), (1, 1))
        for hour in range(24)
    ]
    assert None not in found
