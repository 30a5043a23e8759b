"""Freezes made in a test's own transaction."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from apps.freezes.models import Freeze
from apps.freezes.operations import Window, create_freeze

ALWAYS = Window(
    weekdays=range(1, 8), from_time=time(0), until_time=time(0), time_zone="Europe/Berlin"
)


def around_now() -> Window:
    """From an hour ago until in an hour."""
    now = datetime.now(UTC)
    return Window(now - timedelta(hours=1), now + timedelta(hours=1))


def freeze(scope: str = "tenant", window: Window | None = None, **more: Any) -> Freeze:
    given = {"reason": "year end", **more}
    return create_freeze(scope=scope, window=window or around_now(), **given)
