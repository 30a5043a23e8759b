import json
import sys
from argparse import ArgumentParser
from typing import Any

from apps.core import door
from apps.core.commands import PortalCommand
from apps.search.reindex import reindex
from apps.tenants.partitions import OWNER


class Command(PortalCommand):
    help = (
        "Makes the search terms of every row anew, tenant by tenant, in batches; done again it "
        "changes nothing. Exit 1 where a suspended binding was passed over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", default="", metavar="SLUG", help="this tenant alone")

    def work(self, options: dict[str, Any]) -> dict[str, Any] | None:
        done = []
        with door.using(OWNER):
            for one in reindex(actor=self.actor, tenant_id=options["tenant"]):
                done.append(one)
                self.say(f"{one.tenant_id} {one.environment_id}: {one.passed_over or one.rows}")
        result = {"environments": [one.as_api() for one in done]}
        if not any(one.passed_over for one in done):
            return result
        if self.as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        sys.exit(1)
