from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

from apps.core import door
from apps.core.commands import PortalCommand, add_tenant, usage
from apps.core.walls.classes import CLASSES
from apps.retention.exceptions import request_exception
from apps.tenant_bindings.context import enter_tenant
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = "Asks for a governance exception; officers decide, signed in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        parser.add_argument("--data-class", required=True, metavar="CLASS", choices=list(CLASSES))
        parser.add_argument("--environment", metavar="ID", default="")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--legal-basis", required=True)
        parser.add_argument("--lapses-at", required=True, metavar="T", help="ISO 8601 with a zone")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        with (
            door.using(OWNER),
            enter_tenant(options["tenant"], actor=self.actor, partition="public", writing=True),
        ):
            asked = request_exception(
                data_class=options["data_class"],
                environment_id=_id(options["environment"]),
                reason=options["reason"],
                legal_basis=options["legal_basis"],
                lapses_at=_moment(options["lapses_at"]),
            )
        self.say(f"Asked: {asked.id}.")
        return asked.as_api()


def _moment(given: str) -> datetime:
    try:
        found = parse_datetime(given)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise usage(f"--lapses-at must be a time with a zone, not '{given}'")
    return found


def _id(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise usage(f"--environment must be an id, not '{given}'") from None
