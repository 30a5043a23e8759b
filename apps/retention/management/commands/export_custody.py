from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.core import door
from apps.core.commands import PortalCommand, add_tenant, usage
from apps.retention.custody import export_custody

STEWARD = "steward"


class Command(PortalCommand):
    help = (
        "Writes all rows that a legal hold covers, with what it takes to read them, to a signed "
        "archive, as the steward; who took it stands in the tenant's trail and the platform's."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        parser.add_argument("--hold", type=int, required=True, metavar="N")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--output", type=Path, required=True, metavar="FILE")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        if STEWARD not in settings.DATABASES:
            raise usage("DATABASE_STEWARD_URL is missing: nobody else may export.")
        if not options["output"].parent.is_dir():
            raise usage(f"--output: there is no folder {options['output'].parent}")
        with door.using(STEWARD):
            exported = export_custody(
                tenant_id=options["tenant"],
                number=options["hold"],
                reason=options["reason"],
                output=options["output"],
                actor=self.actor,
            )
        lines = sum(file["lines"] for file in exported.manifest["files"])
        self.say(f"{options['output']}: {lines} rows, sha256 {exported.sha256}.")
        return exported.as_api()
