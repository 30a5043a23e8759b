"""Around a job of the schedule: its record, in transactions of its own, so a failure is told."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models.functions import Now

from apps.core import door
from apps.core.access import Actor
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER
from apps.upkeep.models import JobRecord

WORKER = Actor("worker", label="runtime-inventory-worker")
LONGEST = 2000
Job = TypeVar("Job", bound=Callable[..., Any])


def recorded(name: str) -> Callable[[Job], Job]:
    """Writes when the job began and how it ended; what it returns is its result, as text."""

    def around(job: Job) -> Job:
        @functools.wraps(job)
        def run(*args: Any, **kwargs: Any) -> Any:
            _write(name, started_at=Now())
            try:
                result = job(*args, **kwargs)
            except Exception as error:
                # Of a table under row security PostgreSQL names no row, so this may be shown.
                told = f"{type(error).__name__}: {error}"
                _write(name, failed_at=Now(), failure=told[:LONGEST])
                raise
            text = "" if result is None else str(result)
            _write(name, succeeded_at=Now(), failed_at=None, failure="", result=text[:LONGEST])
            return result

        return run  # type: ignore[return-value]

    return around


def _write(name: str, **values: Any) -> None:
    with door.using(OWNER), enter_platform(actor=WORKER), door.atomic():
        JobRecord.objects.update_or_create(
            name=name, defaults=values, create_defaults={"started_at": Now(), **values}
        )
