import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.core.commands import PortalCommand, add_environment, add_tenant, usage
from apps.core.errors import Invalid
from apps.drift_findings.detection import Checked, detect_drift
from apps.drift_findings.models import Outcome
from apps.integrations.kubernetes.records import Source
from apps.tenant_bindings.context import enter_tenant


class Command(PortalCommand):
    help = (
        "Compares what was observed (manifests or `kubectl get -o json`) with what should run. "
        "Exit 1 where a finding is Open and no ignore rule hides it, or where the check failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        add_environment(parser)
        parser.add_argument(
            "--observed", nargs="+", required=True, metavar="FILE", help="- is standard input"
        )

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            environment_id = UUID(options["environment"])
        except ValueError as error:
            raise usage("--environment must be the id of an environment.") from error
        sources = [_source(name) for name in options["observed"]]
        with enter_tenant(
            options["tenant"], actor=self.actor, environment_id=environment_id, writing=True
        ):
            checked = detect_drift(sources=sources)
        if checked.check.outcome == Outcome.FAILED:  # raised here, so that its record stays
            raise Invalid(checked.check.failure)
        self._tell(checked)
        if checked.open:
            if self.as_json:
                self.stdout.write(json.dumps(checked.as_api(), ensure_ascii=False))
            sys.exit(1)
        return checked.as_api()

    def _tell(self, checked: Checked) -> None:
        for one in checked.unresolved:
            by = " (hidden)" if one not in checked.open and one.status == "Open" else ""
            self.say(
                f"{one.severity}: {one.path}: {one.status}{by}: expected "
                f"{json.dumps(one.desired, ensure_ascii=False)}, "
                f"observed {json.dumps(one.observed, ensure_ascii=False)}"
            )
        for one in checked.resolved:
            self.say(f"resolved: {one.path}")
        if not checked.unresolved:
            self.say("In line.")
        for part in checked.check.not_compared:
            self.say(f"  not compared, since no cluster shows it: {part}")
        for item in checked.check.not_understood:
            self.say(
                f"  not understood: {item['file']} document {item['document']}: "
                f"{item['kind']} {item['name']}: {item['reason']}"
            )


def _source(name: str) -> Source:
    """Reads no more of any input than the reader takes."""
    if name == "-":
        return Source.read("-", sys.stdin.buffer)
    try:
        with Path(name).open("rb") as file:
            return Source.read(Path(name).name, file)
    except OSError as error:
        raise usage(f"{name}: {error.strerror}") from error
