import dataclasses
import json
import sys
from typing import Any

from django.conf import settings
from django.db import connections

from apps.core import door
from apps.core.commands import PortalCommand, usage
from apps.core.walls.inspect import inspect

OWNER = "owner"


class Command(PortalCommand):
    help = (
        "Compares every table, policy, key, function, grant and role with what the code says. "
        "Exit 0 where all is as it should be, 1 with a list."
    )

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        if OWNER not in settings.DATABASES:
            raise usage("DATABASE_OWNER_URL is missing: only the owner sees every catalog entry.")
        with door.using(OWNER), door.atomic():
            findings = inspect(connections[OWNER])
        result = {"findings": [dataclasses.asdict(finding) for finding in findings]}
        if not findings:
            self.say("Every wall stands as the code says.")
            return result
        for finding in findings:
            self.say(f"{finding.object}: {finding.message}. [{finding.rule}]")
        if self.as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        sys.exit(1)
