"""Scheduled cleanup: often enough that what is due has gone long before 48 hours."""

from django.conf import settings
from procrastinate import JobContext
from procrastinate.contrib.django import app

from apps.core import door
from apps.retention.backlog import count_backlog
from apps.retention.limit import stopped_by
from apps.retention.orphans import check_step_logs
from apps.retention.rollup import roll_up_retention
from apps.retention.runs import AnotherRun, Wanted, run_retention
from apps.retention.step_logs import STEP_LOG
from apps.upkeep.recording import WORKER, recorded

STEWARD = "steward"


class FoundWanting(Exception):
    """Something was due and did not go: the job has failed, and says what."""


@app.periodic(cron=settings.CADENCES["run_retention"])
@app.task(name="run_retention", queue="upkeep", queueing_lock="run_retention", pass_context=True)
def purge_until_told(context: JobContext, timestamp: int) -> str:
    """Upkeep: a worker that is told to stop waits for the batch and no longer."""
    with stopped_by(context.should_abort):
        return purge_what_is_due(timestamp)


@recorded("run_retention")
def purge_what_is_due(timestamp: int) -> str:
    """Upkeep: every tenant, every data class. Where a run is at work already it is no failure."""
    try:
        with door.using(STEWARD):
            ran = run_retention(Wanted(), actor=WORKER)
    except AnotherRun:
        return "another run was at work"
    if ran.is_wanting:
        raise FoundWanting(ran.run.note)
    logs = [entry for entry in ran.entries if entry.data_class == STEP_LOG]
    rows = sum(entry.purged for entry in ran.entries) - sum(entry.purged for entry in logs)
    tiered = sum(entry.tiered for entry in logs)
    told = f"{tiered} logs tiered, {sum(entry.purged for entry in logs)} removed, {rows} rows gone"
    return f"told to stop, the next run does the rest: {told}" if ran.stopped else told


@app.periodic(cron=settings.CADENCES["count_backlog"])
@app.task(name="count_backlog", queue="upkeep", queueing_lock="count_backlog")
@recorded("count_backlog")
def count_what_waits(timestamp: int) -> str:
    """Upkeep: how much is due and still there, of every tenant and class."""
    with door.using(STEWARD):
        found = count_backlog(actor=WORKER)
    due, kept = (sum(getattr(one, name) for one in found.values()) for name in ("due", "kept"))
    return f"{due} due, {kept} past their window and kept"


@app.periodic(cron=settings.CADENCES["check_step_logs"])
@app.task(name="check_step_logs", queue="upkeep", queueing_lock="check_step_logs")
@recorded("check_step_logs")
def check_logs(timestamp: int) -> str:
    """Upkeep: rows and blobs against each other; what is nobody's and past its window is listed."""
    with door.using(STEWARD):
        report = check_step_logs(remove=True, actor=WORKER)
    if report.is_wanting:
        raise FoundWanting(f"{report.as_api()['counts']} {report.credential}")
    return f"{report.blobs} blobs looked at, {report.listed} listed for removal"


@app.periodic(cron=settings.CADENCES["roll_up_retention"])
@app.task(name="roll_up_retention", queue="upkeep", queueing_lock="roll_up_retention")
@recorded("roll_up_retention")
def count_what_becomes_due(timestamp: int) -> str:
    """Upkeep: what the platform's page of retention shows of each tenant."""
    with door.using(STEWARD):
        tenants, problems = roll_up_retention(actor=WORKER)
    if problems:
        raise FoundWanting("; ".join(problems))
    return f"{tenants} tenants counted"
