import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.core.commands import PortalCommand
from runtime_portal.domain.document import document, missing


class Command(PortalCommand):
    help = (
        "Prints docs/domain.md from the code: entities, states, invariants and the tests that "
        "attack them. Exit 1 where --check or --missing finds something."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--check", action="store_true", help="compare with docs/domain.md")
        which.add_argument("--missing", action="store_true", help="list what no test attacks")

    def work(self, options: dict[str, Any]) -> dict[str, Any] | None:
        if options["check"]:
            found = [] if _page().read_text() == document() else ["docs/domain.md is not current."]
        elif options["missing"]:
            found = missing()
        else:
            if not self.as_json:
                self.stdout.write(document(), ending="")
            return {"document": document()}
        for line in found:
            self.say(line)
        if found and not self.as_json:
            sys.exit(1)
        return {"findings": found}


def _page() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "domain.md"
