from argparse import ArgumentParser
from typing import Any

from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params

from apps.core import door
from apps.core.commands import PortalCommand, usage
from apps.tenants.partitions import OWNER
from runtime_portal.observe import observe_job
from runtime_portal.tasks import take_up_stalled_jobs

# A job that is at work when the worker is told to stop is told after that, and then waited for.
PATIENCE_SECONDS = 0.2


class Command(PortalCommand):
    help = "The RuntimeInventoryWorker: takes jobs from the queue until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is waiting, then end")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        from django.conf import settings

        if OWNER not in settings.DATABASES:
            raise usage("DATABASE_OWNER_URL is missing: the worker makes partitions as owner.")
        take_up_stalled_jobs.configure().defer(timestamp=0)
        self.say("The worker is at work." if not options["once"] else "Doing what is waiting.")
        # Only the owner reads the queue; it connects directly, for LISTEN.
        connector = PsycopgConnector(kwargs=connector_params(OWNER))
        with door.using(OWNER), app.replace_connector(connector) as worker:
            worker.run_worker(
                wait=not options["once"],
                delete_jobs="never",
                shutdown_graceful_timeout=PATIENCE_SECONDS,
                worker_middleware=[observe_job],
            )
        return {"stopped": True}
