"""The upkeep of the days: a job without arguments, and the worker does it as owner.

A worker that is killed in the middle leaves whole partitions behind; the next run makes the rest.
"""

from django.conf import settings
from procrastinate.contrib.django import app

from apps.health_results.slots import forget_slots
from apps.tenants.days import make_days
from apps.upkeep.recording import recorded


@app.periodic(cron=settings.CADENCES["make_days"])
@app.task(name="make_days", queue="upkeep", queueing_lock="make_days", retry=3)
@recorded("make_days")
def make_coming_days(timestamp: int) -> None:
    """The parts of the coming days in every data partition, and in the spares; hourly."""
    make_days()


@app.periodic(cron=settings.CADENCES["forget_slots"])
@app.task(name="forget_slots", queue="upkeep", queueing_lock="forget_slots", retry=3)
@recorded("forget_slots")
def forget_passed_slots(timestamp: int) -> str:
    """Half hours that no bar shows any more; hourly."""
    return f"{forget_slots()} forgotten"
