"""What people do with the jobs of the schedule: ask for one now."""

from django.conf import settings
from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from apps.core import audit, door
from apps.core.access import PLATFORM
from apps.core.errors import Invalid, NotFound, Refused


def run_job(name: str, *, reason: str) -> None:
    """The worker does it as soon as it can. Raises NotFound, Refused where it waits already."""
    door.require("runtime.jobs.write")
    if name not in settings.CADENCES:
        raise NotFound(f"There is no job {name}.")
    if not reason.strip():
        raise Invalid.field("reason", "Say why it should run now.")
    with door.atomic():
        try:
            with door.atomic():
                app.configure_task(name, queue="upkeep", queueing_lock=name).defer(timestamp=_now())
        # The library takes for granted that PostgreSQL names the key that was there, which it
        # does for logins that may read the queue alone.
        except (AlreadyEnqueued, AssertionError) as error:
            raise Refused("It waits for the worker already.") from error
        audit.record(
            "job.asked", object_type="job", object_id=name, reason=reason, tenant_id=PLATFORM
        )


def _now() -> int:
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now())::bigint")
        return int(cursor.fetchone()[0])
