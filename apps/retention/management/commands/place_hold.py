from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from apps.core import door
from apps.core.commands import PortalCommand, add_tenant, usage
from apps.core.walls.classes import CLASSES
from apps.retention.operations import place_hold
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = (
        "Places a legal hold: when it has answered nothing that it covers can go. Lifting takes "
        "two officers, signed in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        parser.add_argument(
            "--data-class", action="append", required=True, metavar="CLASS", dest="data_classes",
            help=f"as often as needed: {', '.join(CLASSES)}",
        )  # fmt: skip
        parser.add_argument("--environment", metavar="ID", default="")
        parser.add_argument("--matter", required=True)
        parser.add_argument("--reason", required=True)

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        with door.using(OWNER), enter_platform(actor=self.actor):
            hold = place_hold(
                tenant_id=options["tenant"],
                data_classes=options["data_classes"],
                environment_id=_id(options["environment"]),
                matter=options["matter"],
                reason=options["reason"],
            )
        self.say(f"Hold {hold.number} of {hold.tenant_id} is placed.")
        return hold.as_api()


def _id(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise usage(f"--environment must be an id, not '{given}'") from None
