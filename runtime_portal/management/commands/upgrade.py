from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from apps.core import door
from apps.core.commands import PortalCommand
from apps.search.reindex import reindex
from apps.tenants import partitions
from apps.tenants.days import make_days
from runtime_portal.static_files import collect


class Command(PortalCommand):
    help = (
        "Brings the control plane and every partition to the current migrations, as owner, and "
        "collects static files."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="make the demo tenants where there is no tenant"
        )

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        made_demo = False
        with door.using(partitions.OWNER):
            tables = connections[partitions.OWNER].introspection.table_names()
            if "django_migrations" not in tables or partitions.pending_public():
                self.say("Migrating the control plane.")
                call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
            partitions.make_partition("shared")
            unsearched = partitions.lacking("search_searchterm")
            for schema in partitions.behind():
                self.say(f"Migrating {schema}.")
                partitions.migrate_partition(schema)
            if unsearched:
                self.say("Making search terms of what was there before.")
                for one in reindex(actor=self.actor):
                    if one.passed_over:
                        self.say(f"{one.tenant_id} {one.environment_id}: {one.passed_over}")
            partitions.keep_spares(settings.SPARE_PARTITIONS)
            make_days()
            collect()
            if options["demo"]:
                from runtime_portal.demo import make_demo

                made_demo = make_demo(say=self.say)
        return {"demo": made_demo}
