"""Upkeep of the queue itself."""

from typing import Any

from procrastinate.contrib.django import app


@app.periodic(cron="* * * * *")
@app.task(name="take_up_stalled_jobs", queue="upkeep", pass_context=True)
async def take_up_stalled_jobs(context: Any, timestamp: int) -> None:
    """What a worker was at when it was killed is done again; every job may be done twice.

    A worker that has not been heard of for 30 seconds is held for dead.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)
