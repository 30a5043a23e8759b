from argparse import ArgumentParser
from typing import Any

from apps.core import door
from apps.core.commands import PortalCommand
from apps.environments.models import IsolationModel, Stage
from apps.environments.operations import create_environment, describe
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = "Makes and provisions an environment. --tenant owns it (platform, if several use it)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--project", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--stage", required=True, choices=Stage.values)
        parser.add_argument("--region", required=True)
        parser.add_argument("--isolation", required=True, choices=IsolationModel.values)
        parser.add_argument("--pulumi-stack-ref", default="")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        with door.using(OWNER), enter_platform(actor=self.actor):
            environment = create_environment(
                tenant_id=options["tenant"],
                project_id=options["project"],
                name=options["name"],
                stage=options["stage"],
                region=options["region"],
                isolation_model=options["isolation"],
                pulumi_stack_ref=options["pulumi_stack_ref"],
            )
        self.say(f"Environment {environment.name} is {environment.status}: {environment.id}")
        return describe(environment)
