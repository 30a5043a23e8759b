"""The year is played moment by moment, across all tenants in the order of time.

A story is a generator: it yields the moment at which it wants to act next, and is resumed behind
the door with the owner's clock at that moment. So ids, which carry the order in which they
were made, have the order of the times that the rows claim; and each entry of the audit trail
claims the moment that it was played at.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections

from apps.core import door
from apps.core.access import Actor
from apps.tenant_bindings.context import enter_tenant


@dataclass(frozen=True)
class Moment:
    """When to go on, and as whom."""

    at: datetime
    actor: Actor


Script = Iterator[Moment]


@dataclass(frozen=True)
class Story:
    """What happens to one tenant in one environment."""

    tenant: str
    environment_id: UUID
    script: Script


def set_clock(at: datetime | None) -> None:
    """The time that rows and audit entries of this transaction claim; None: the present."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT set_config('app.clock', %s, true)", [at.isoformat() if at else ""])


def claim_the_present() -> None:
    """The time of this transaction, as rows whose times only the database says have it."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT set_config('app.clock', now()::text, true)")


def play(stories: Iterable[Story]) -> None:
    """Resumes each story at its moments until all have ended; then the clock is the present's."""
    queue: list[tuple[datetime, int, Moment, Story]] = []
    for order, story in enumerate(stories):
        _queue(queue, order, story, next(story.script, None))
    while queue:
        _, order, moment, story = heapq.heappop(queue)
        set_clock(moment.at)
        with enter_tenant(
            story.tenant, actor=moment.actor, environment_id=story.environment_id, writing=True
        ):
            following = next(story.script, None)
        _queue(queue, order, story, following)
    set_clock(None)


def _queue(
    queue: list[tuple[datetime, int, Moment, Story]],
    order: int,
    story: Story,
    moment: Moment | None,
) -> None:
    if moment is not None:
        heapq.heappush(queue, (moment.at, order, moment, story))
