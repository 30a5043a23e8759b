"""What suspend_binding, resume_binding and release_binding share."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from apps.core import door
from apps.core.commands import PortalCommand
from apps.tenant_bindings.context import enter_platform
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenants.partitions import OWNER


class BindingCommand(PortalCommand):
    operation: Callable[..., RuntimeTenantBinding]
    past: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("binding", type=UUID, metavar="ID")
        parser.add_argument("--reason", default="")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        with door.using(OWNER), enter_platform(actor=self.actor):
            binding = type(self).operation(options["binding"], reason=options["reason"])
        self.say(f"{binding} is {self.past}: {binding.status}.")
        return binding.as_api()
