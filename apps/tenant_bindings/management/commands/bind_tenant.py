import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from apps.core import door
from apps.core.commands import PortalCommand, usage
from apps.tenant_bindings.context import enter_platform
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.tasks import finish_binding
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = "Binds a tenant to an environment, derives its placement and makes its partition."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--environment", required=True, type=UUID, metavar="ID")
        parser.add_argument(
            "--quota",
            default="{}",
            metavar="JSON",
            help='{"computeReplicas": 40, "storageGiB": 50, "throughputRps": 100}; '
            "absent is unlimited, zero is none",
        )

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            quota = json.loads(options["quota"])
        except json.JSONDecodeError as error:
            raise usage(f"--quota is not JSON: {error}") from error
        if not isinstance(quota, dict):
            raise usage('--quota must be a JSON object: {"computeReplicas": 40}')
        with door.using(OWNER):
            with enter_platform(actor=self.actor):
                binding = request_binding(
                    tenant_id=options["slug"], environment_id=options["environment"], quota=quota
                )
            binding = finish_binding(binding.id, actor=self.actor)
        self.say(
            f"{binding.tenant_id} is bound to {binding.environment_name}, {binding.status}: "
            f"{binding.id}\n  data {binding.data_partition}, network {binding.network_partition}, "
            f"compute {binding.compute_placement}"
        )
        return binding.as_api()
