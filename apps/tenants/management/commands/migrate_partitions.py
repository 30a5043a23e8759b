from argparse import ArgumentParser
from typing import Any

from apps.core import door
from apps.core.commands import PortalCommand
from apps.tenants.partitions import OWNER, behind, migrate_partition


class Command(PortalCommand):
    help = "Brings every partition to the current migrations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--jobs",
            type=int,
            default=1,
            help="accepted for scripts; partitions are taken one after another",
        )

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        with door.using(OWNER):
            schemas = behind()
            for schema in schemas:
                migrate_partition(schema)
                self.say(f"{schema} is migrated.")
        if not schemas:
            self.say("Every partition is current.")
        return {"migrated": schemas}
