from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from apps.core import door
from apps.core.commands import PortalCommand, add_tenant, usage
from apps.core.errors import NotFound
from apps.retention.certificate_files import leaf_line, written
from apps.retention.certificates import leaves, proof
from apps.retention.models import Certificate
from apps.tenant_bindings.context import enter_tenant
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = (
        "Prints the certificate of a retention run and tenant as the file that verify_certificate "
        "takes; or what proves one row's disposal; or all of its leaves."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        parser.add_argument("--run", required=True, metavar="ID")
        one = parser.add_mutually_exclusive_group()
        one.add_argument(
            "--row", metavar="ID", default="", help="the proof of one row, for --proof"
        )
        one.add_argument("--leaves", action="store_true", help="a line a row, for --leaves")

    def work(self, options: dict[str, Any]) -> None:
        run_id = _id(options["run"], "--run")
        with (
            door.using(OWNER),
            enter_tenant(options["tenant"], actor=self.actor, partition="public"),
        ):
            found = Certificate.objects.filter(tenant_id=options["tenant"], run_id=run_id).first()
            if found is None:
                raise NotFound(f"There is no certificate of run {run_id} for {options['tenant']}.")
            if options["leaves"]:
                for leaf in leaves(found.tenant_id, run_id):
                    self.stdout.write(leaf_line(leaf), ending="")
                return
            value = proof(found, _id(options["row"], "--row")) if options["row"] else found.as_api()
            self.stdout.write(written(value).decode(), ending="")


def _id(given: str, name: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise usage(f"{name} must be an id, not '{given}'") from None
