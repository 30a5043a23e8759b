import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.dateparse import parse_datetime

from apps.core import door
from apps.core.commands import PortalCommand, usage
from apps.core.walls.classes import CLASSES
from apps.retention.limit import stopped_by_signals
from apps.retention.runs import Wanted, run_retention

STEWARD = "steward"


class Command(PortalCommand):
    help = (
        "Purges what has passed its window and is kept by nothing, as the steward. Exit code 1 "
        "where something was due and nothing went."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="tells what would go")
        parser.add_argument("--tenant", metavar="SLUG", default="")
        parser.add_argument("--data-class", default="", choices=["", *CLASSES], metavar="CLASS")
        parser.add_argument(
            "--as-of", metavar="T", default="",
            help="as if it were that time (ISO 8601 with a zone); one to come with --dry-run only",
        )  # fmt: skip

        parser.add_argument(
            "--exception", metavar="ID", default="",
            help="go by that governance exception: of what it covers what it lets go, and nothing "
            "else; spent when the run has ended, resumed where one was killed",
        )  # fmt: skip

        parser.add_argument(
            "--max-seconds", metavar="N", type=int, default=None,
            help="begin no batch after that time; the next run does the rest",
        )  # fmt: skip

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        if STEWARD not in settings.DATABASES:
            raise usage("DATABASE_STEWARD_URL is missing: nobody else may purge.")
        if (seconds := options["max_seconds"]) is not None and seconds < 1:
            raise usage(f"--max-seconds must be 1 or more, not {seconds}")
        wanted = Wanted(
            options["tenant"], options["data_class"], _moment(options["as_of"]), options["dry_run"],
            _id(options["exception"]), seconds,
        )  # fmt: skip
        with door.using(STEWARD), stopped_by_signals():
            ran = run_retention(wanted, actor=self.actor, say=self.say, stream=sys.stderr)
        why = ", ended for time" if ran.ended_for_time else ", told to stop" if ran.stopped else ""
        self.say(f"Run {ran.run.id}: {ran.run.status}{why}.")
        if not ran.is_wanting:
            return ran.as_api()
        self.stderr.write(ran.run.note)
        if self.as_json:
            self.stdout.write(json.dumps(ran.as_api(), ensure_ascii=False))
        sys.exit(1)


def _id(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise usage(f"--exception must be an id, not '{given}'") from None


def _moment(given: str) -> datetime | None:
    if not given:
        return None
    try:
        found = parse_datetime(given)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise usage(f"--as-of must be a time with a zone, like 2027-01-31T00:00:00Z, not '{given}'")
    return found
