"""Scheduled cleanup: twice a day, so that what is due has gone long before 48 hours."""

from procrastinate.contrib.django import app

from apps.core import door
from apps.core.access import Actor
from apps.retention.runs import Wanted, run_retention

STEWARD = "steward"


class FoundWanting(Exception):
    """Something was due and did not go: the job has failed, and says what."""


@app.periodic(cron="23 2,14 * * *")
@app.task(name="run_retention", queue="upkeep", queueing_lock="run_retention")
def purge_what_is_due(timestamp: int) -> None:
    """Upkeep: every tenant, every data class."""
    with door.using(STEWARD):
        ran = run_retention(Wanted(), actor=Actor("worker", label="runtime-inventory-worker"))
    if ran.is_wanting:
        raise FoundWanting(ran.run.note)
