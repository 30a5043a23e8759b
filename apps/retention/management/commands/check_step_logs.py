import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from apps.core import door
from apps.core.commands import PortalCommand, usage
from apps.core.errors import Refused
from apps.deployments.log_storage import StoreDown
from apps.retention.orphans import check_step_logs

STEWARD = "steward"


class Command(PortalCommand):
    help = (
        "Compares the rows of step logs with their blobs, both ways, as the steward. Exit code 1 "
        "where one is without the other."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", default="")
        parser.add_argument(
            "--remove", action="store_true",
            help="lists orphans past their window for the next run of retention",
        )  # fmt: skip

    def work(self, options: dict[str, Any]) -> dict[str, Any] | None:
        if STEWARD not in settings.DATABASES:
            raise usage("DATABASE_STEWARD_URL is missing: nobody else may see every tenant's rows.")
        try:
            with door.using(STEWARD):
                report = check_step_logs(
                    tenant_id=options["tenant"], remove=options["remove"], actor=self.actor,
                    say=self.say,
                )  # fmt: skip
        except StoreDown as error:
            raise Refused(f"{error}.") from error
        told = report.as_api()
        for name in ("orphans", "missing", "differing", "strays"):
            for one in told[name]:
                self.say(f"{name}: {one['path']}")
        if report.credential:
            self.say(report.credential)
        self.say(f"{report.blobs} blobs; {told['counts']}; {report.listed} listed for removal.")
        if self.as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        sys.exit(1 if report.is_wanting else 0)
