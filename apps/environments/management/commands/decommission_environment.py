import json
import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from apps.core import door
from apps.core.commands import PortalCommand, add_environment, usage
from apps.environments.decommission import begin_decommissioning, release_all
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = (
        "Decommissions an environment: no new work at once, then releases binding by binding. "
        "Final. Exit 1 where a binding is held up; run it again, and it goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_environment(parser)
        parser.add_argument("--reason", default="")

    def work(self, options: dict[str, Any]) -> dict[str, Any] | None:
        try:
            environment_id = UUID(options["environment"])
        except ValueError as error:
            raise usage("--environment must be the id of an environment.") from error
        with door.using(OWNER):
            with enter_platform(actor=self.actor):
                begin_decommissioning(environment_id, reason=options["reason"])
            ended = release_all(environment_id, actor=self.actor)
        self.say(
            f"{ended.environment.name} is {ended.environment.status}: {ended.released} released."
        )
        if not ended.blocked:
            return ended.as_api()
        for binding, why in ended.blocked.items():
            self.say(f"{binding}: {why}")
        if self.as_json:
            self.stdout.write(json.dumps(ended.as_api(), ensure_ascii=False))
        sys.exit(1)
