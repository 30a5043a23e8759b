"""The count of the fleet: the worker does it as owner, so that no page sees a tenant's rows."""

from django.conf import settings
from procrastinate.contrib.django import app

from apps.core import door
from apps.overview.counting import count_fleet
from apps.tenants.partitions import OWNER
from apps.upkeep.recording import WORKER, recorded


class NotCounted(Exception):
    """Some tenants' numbers stay as old as they are: the job has failed, and says whose."""


@app.periodic(cron=settings.CADENCES["count_fleet"])
@app.task(name="count_fleet", queue="upkeep", queueing_lock="count_fleet")
@recorded("count_fleet")
def count_the_fleet(timestamp: int) -> str:
    """Upkeep: what each tenant's environments come to, for the home of the platform."""
    with door.using(OWNER):
        counted = count_fleet(actor=WORKER)
    if counted.failed:
        raise NotCounted(", ".join(counted.failed))
    return f"{counted.tenants} tenants counted"
