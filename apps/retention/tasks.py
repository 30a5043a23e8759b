"""Scheduled cleanup: twice a day, so that what is due has gone long before 48 hours."""

from procrastinate.contrib.django import app

from apps.core import door
from apps.core.access import Actor
from apps.retention.orphans import check_step_logs
from apps.retention.runs import Wanted, run_retention

STEWARD = "steward"
WORKER = Actor("worker", label="runtime-inventory-worker")


class FoundWanting(Exception):
    """Something was due and did not go: the job has failed, and says what."""


@app.periodic(cron="23 2,14 * * *")
@app.task(name="run_retention", queue="upkeep", queueing_lock="run_retention")
def purge_what_is_due(timestamp: int) -> None:
    """Upkeep: every tenant, every data class."""
    with door.using(STEWARD):
        ran = run_retention(Wanted(), actor=WORKER)
    if ran.is_wanting:
        raise FoundWanting(ran.run.note)


@app.periodic(cron="41 4 * * *")
@app.task(name="check_step_logs", queue="upkeep", queueing_lock="check_step_logs")
def check_logs(timestamp: int) -> None:
    """Upkeep: rows and blobs against each other; what is nobody's and past its window is listed."""
    with door.using(STEWARD):
        report = check_step_logs(remove=True, actor=WORKER)
    if report.is_wanting:
        raise FoundWanting(f"{report.as_api()['counts']} {report.credential}")
