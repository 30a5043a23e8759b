from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from apps.core import door
from apps.core.commands import usage
from apps.environments.models import RuntimeEnvironment
from apps.environments.operations import edit_environment
from apps.integrations.management.commands.import_kubernetes import Command as ImportCommand
from apps.integrations.management.commands.import_kubernetes import read_source
from apps.integrations.operations import import_pulumi
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenants.partitions import OWNER


class Command(ImportCommand):
    help = (
        "Imports what `pulumi stack export` writes: one configuration version, one deployment, "
        "services and scaling policies, and the stack's reference. All or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_common(parser)
        parser.add_argument("file", metavar="FILE", help="- is standard input")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            environment_id = UUID(options["environment"])
        except ValueError as error:
            raise usage("--environment must be the id of an environment.") from error
        source = read_source(options["file"])
        with enter_tenant(
            options["tenant"], actor=self.actor, environment_id=environment_id, writing=True
        ):
            imported, reference = import_pulumi(
                source=source,
                release_ref=options["release"],
                override_freeze=options["override_freeze"],
            )
        # Another login's transaction: cut off between the two, the same file again sets it.
        with door.using(OWNER), enter_platform(actor=self.actor):
            owned = RuntimeEnvironment.objects.filter(
                id=environment_id, tenant_id=options["tenant"]
            )
            if owned.exists():
                edit_environment(environment_id, pulumi_stack_ref=reference)
        self.tell(imported)
        return imported.as_api()
