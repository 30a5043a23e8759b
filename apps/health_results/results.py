"""A result as it comes in, and what can be wrong with it. It asks no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.health_results.models import DETAIL_LENGTH, MOST_LATENCY, PROBE_LENGTH, HealthStatus

OLDEST = timedelta(days=30)
AHEAD = timedelta(minutes=5)
# How many problems are kept word for word; all are counted.
LISTED = 100


@dataclass(frozen=True, slots=True)
class Result:
    """A service is named by its id, or by the moduleId that is live in the environment.

    `place` says where it stood in what came in: "results[3]", or the number of a line.
    """

    status: str
    probe: str
    checked_at: datetime
    service_id: UUID | None = None
    module_id: str = ""
    latency_ms: int | None = None
    detail: str = ""
    place: int | str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one of them. `field` is the API's name, empty for the whole."""

    place: int | str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


def problem_of(result: Result, now: datetime) -> Problem | None:
    """The first thing that is wrong with it by itself; `now` is the database's."""
    for field, wrong, reason in (
        ("status", result.status not in _STATUSES, _ONE_OF),
        ("probe", not is_text(result.probe, 1, PROBE_LENGTH), f"must be {_text(1, PROBE_LENGTH)}"),
        ("detail", not is_text(result.detail, 0, DETAIL_LENGTH), _DETAIL),
        ("latencyMs", not _is_latency(result.latency_ms), _LATENCY),
        ("checkedAt", result.checked_at.tzinfo is None, "must say its time zone"),
    ):
        if wrong:
            return Problem(result.place, field, reason)
    if result.checked_at < now - OLDEST:
        return Problem(result.place, "checkedAt", "is more than 30 days ago")
    if result.checked_at > now + AHEAD:
        return Problem(result.place, "checkedAt", "is more than 5 minutes ahead of our clock")
    return None


def is_text(value: str, least: int, most: int) -> bool:
    """Storable: neither NUL nor half a surrogate pair, and as long as it may be."""
    if not least <= len(value) <= most or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_latency(value: int | None) -> bool:
    return value is None or (type(value) is int and 0 <= value <= MOST_LATENCY)


def _text(least: int, most: int) -> str:
    return f"{least} to {most} characters, without NUL"


_STATUSES = frozenset(HealthStatus.values)
_ONE_OF = f"must be one of {', '.join(HealthStatus.values)}"
_DETAIL = f"must be {_text(0, DETAIL_LENGTH)}"
_LATENCY = f"must be a whole number of 0 to {MOST_LATENCY}, or absent"
