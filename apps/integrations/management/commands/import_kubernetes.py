import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.core.commands import PortalCommand, add_environment, add_tenant, usage
from apps.integrations.kubernetes.records import Source
from apps.integrations.operations import Imported, import_kubernetes
from apps.tenant_bindings.context import enter_tenant


class Command(PortalCommand):
    help = (
        "Imports published manifests or `kubectl get -o json`: one configuration version, one "
        "deployment, services and scaling policies. All or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_common(parser)
        parser.add_argument("files", nargs="+", metavar="FILE", help="- is standard input")

    def add_common(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        add_environment(parser)
        parser.add_argument("--release", default="", help="the release's name; else its digest")
        parser.add_argument(
            "--override-freeze",
            default="",
            metavar="REASON",
            help="why it goes on during a freeze that the platform's admins may override",
        )

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            environment_id = UUID(options["environment"])
        except ValueError as error:
            raise usage("--environment must be the id of an environment.") from error
        sources = _read(options["files"])
        with enter_tenant(
            options["tenant"], actor=self.actor, environment_id=environment_id, writing=True
        ):
            imported = import_kubernetes(
                sources=sources,
                release_ref=options["release"],
                override_freeze=options["override_freeze"],
            )
        self.tell(imported)
        return imported.as_api()

    def tell(self, imported: Imported) -> None:
        counts = ", ".join(f"{n} {verb}" for verb, n in imported.applied.counts().items() if n)
        if imported.changed:
            self.say(
                f"{imported.deployment.release_ref}: {imported.deployment.status}, configuration "
                f"version {imported.configuration.version}, services: {counts}."
            )
        else:
            self.say(f"{imported.deployment.release_ref} is there already: nothing changed.")
        for item in imported.not_understood:
            self.say(
                f"  not understood: {item.file} document {item.document}: "
                f"{item.kind} {item.name}: {item.reason}"
            )


def _read(names: Sequence[str]) -> list[Source]:
    """Reads no more of any input than the importer takes, so that 100 MB are refused at once."""
    return [read_source(name) for name in names]


def read_source(name: str) -> Source:
    """Raises wrong usage where it cannot be read."""
    if name == "-":
        return Source.read("-", sys.stdin.buffer)
    try:
        with Path(name).open("rb") as file:
            return Source.read(Path(name).name, file)
    except OSError as error:
        raise usage(f"{name}: {error.strerror}") from error
