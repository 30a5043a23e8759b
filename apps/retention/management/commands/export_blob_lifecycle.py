import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max

from apps.core import door
from apps.core.commands import PortalCommand, usage
from apps.core.walls.classes import CLASSES
from apps.retention.lifecycle import merged, rule
from apps.retention.models import RetentionPolicy
from apps.tenant_bindings.context import enter_platform

STEWARD, STEP_LOG = "steward", "step-log"


class Command(PortalCommand):
    help = (
        "Prints the lifecycle policy of an Azure storage account: step logs go to the cool tier, "
        "and nothing is deleted. For `az storage account management-policy create --policy`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--merge", metavar="FILE",
            help="a policy that exists, or `-`: its other rules stay as they are",
        )  # fmt: skip

    def work(self, options: dict[str, Any]) -> None:
        if STEWARD not in settings.DATABASES:
            raise usage("DATABASE_STEWARD_URL is missing: it reads the windows of every tenant.")
        existing = _read(options["merge"]) if options["merge"] else {"rules": []}
        policy = merged(rule(settings.STEP_LOG_CONTAINER, self._days()), existing)
        self.stdout.write(json.dumps(policy, ensure_ascii=False, indent=2))

    def _days(self) -> int:
        """One rule for the container, so the longest window of any tenant."""
        with door.using(STEWARD), enter_platform(actor=self.actor):
            policies = RetentionPolicy.objects.filter(data_class=STEP_LOG)
            longest = policies.aggregate(days=Max("days"))["days"]
        return max(longest or 0, CLASSES[STEP_LOG].days)


def _read(name: str) -> Any:
    try:
        return json.loads(sys.stdin.read() if name == "-" else Path(name).read_text())
    except OSError as error:
        raise usage(f"--merge: {name}: {error.strerror}") from error
    except ValueError as error:
        raise usage(f"--merge: {name} is not JSON: {error}") from error
