from argparse import ArgumentParser
from typing import Any

from apps.core import door
from apps.core.commands import PortalCommand
from apps.tenant_bindings.context import enter_platform
from apps.tenants.operations import onboard_tenant
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = "Makes a tenant. The slug is its identity for ever and is never used again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        with door.using(OWNER), enter_platform(actor=self.actor):
            tenant = onboard_tenant(slug=options["slug"], name=options["name"])
        self.say(f"Tenant {tenant.tenant_id} is made. Bind it: manage.py bind_tenant.")
        return {"tenantId": tenant.tenant_id, "name": tenant.name, "status": str(tenant.status)}
