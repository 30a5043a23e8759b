import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from apps.core.commands import PortalCommand, usage
from apps.retention.certificate_files import Fault
from apps.retention.custody_files import check_custody
from apps.retention.signing import is_key


class Command(PortalCommand):
    help = (
        "Checks a custody export with the archive and the public key alone. Exit 0 where it is as "
        "it was signed, 1 where a byte of it is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="an archive, as exported")
        parser.add_argument(
            "--key", required=True, metavar="PUBLIC",
            help="64 hexadecimal characters: manage.py certificate_key",
        )  # fmt: skip

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        if not is_key(options["key"]):
            raise usage("--key is not 64 hexadecimal characters")
        if not options["file"].is_file():
            raise usage(f"{options['file']}: there is no such file")
        try:
            body = check_custody(options["file"], options["key"])
        except Fault as fault:
            self.say(f"BROKEN: {fault}")
            if self.as_json:
                self.stdout.write(json.dumps({"ok": False, "fault": str(fault)}))
            sys.exit(1)
        count = sum(file["lines"] for file in body["files"])
        self.say(f"Hold {body['hold']['number']} of {body['tenantId']}: signed, {count} rows.")
        return {"ok": True, "fault": None, **body}
