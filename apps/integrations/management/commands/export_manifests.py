from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from apps.core.commands import PortalCommand, add_environment, add_tenant, usage
from apps.integrations.exports import export_manifests
from apps.tenant_bindings.context import enter_tenant


class Command(PortalCommand):
    help = (
        "Prints the Namespace, ResourceQuota, LimitRange, NetworkPolicies and "
        "HorizontalPodAutoscalers of a binding as YAML: what `kubectl apply -f -` takes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        add_environment(parser)

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            environment_id = UUID(options["environment"])
        except ValueError as error:
            raise usage("--environment must be the id of an environment.") from error
        with enter_tenant(options["tenant"], actor=self.actor, environment_id=environment_id):
            exported = export_manifests()
        if not self.as_json:
            self.stdout.write(exported.as_yaml(), ending="")
        return exported.as_api()
