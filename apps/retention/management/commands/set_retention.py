from argparse import ArgumentParser
from typing import Any

from apps.core import door
from apps.core.commands import PortalCommand
from apps.core.walls.classes import CLASSES
from apps.retention.operations import set_retention
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = "Lengthens a window, for one tenant or for all, at once and for what exists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="all tenants where it is absent")
        parser.add_argument("--data-class", required=True, metavar="CLASS", choices=list(CLASSES))
        parser.add_argument("--days", required=True, type=int, metavar="N")
        parser.add_argument("--reason", required=True)

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        with door.using(OWNER), enter_platform(actor=self.actor):
            policy = set_retention(
                tenant_id=options["tenant"],
                data_class=options["data_class"],
                days=options["days"],
                reason=options["reason"],
            )
        self.say(f"{policy.data_class} is kept {policy.days} days from now on.")
        return policy.as_api()
