"""Scheduled cleanup: often enough that what is due has gone long before 48 hours."""

from django.conf import settings
from procrastinate.contrib.django import app

from apps.core import door
from apps.retention.runs import Wanted, run_retention
from apps.upkeep.recording import WORKER, recorded

STEWARD = "steward"


class FoundWanting(Exception):
    """Something was due and did not go: the job has failed, and says what."""


@app.periodic(cron=settings.CADENCES["run_retention"])
@app.task(name="run_retention", queue="upkeep", queueing_lock="run_retention")
@recorded("run_retention")
def purge_what_is_due(timestamp: int) -> str:
    """Upkeep: every tenant, every data class."""
    with door.using(STEWARD):
        ran = run_retention(Wanted(), actor=WORKER)
    if ran.is_wanting:
        raise FoundWanting(ran.run.note)
    return f"{sum(entry.purged for entry in ran.entries)} rows gone"
