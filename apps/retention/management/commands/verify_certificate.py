import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from apps.core.commands import PortalCommand, usage
from apps.retention.certificate_files import Fault, check_certificate, check_leaves, check_proof
from apps.retention.signing import is_key


class Command(PortalCommand):
    help = (
        "Checks a certificate of a retention run with the file and the public key alone. Exit 0 "
        "where it is as it was signed, 1 where a byte of it, or of what it is to prove, is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a certificate, as exported")
        parser.add_argument(
            "--key", required=True, metavar="PUBLIC",
            help="64 hexadecimal characters, or a file of them: manage.py certificate_key",
        )  # fmt: skip
        parser.add_argument("--proof", type=Path, metavar="FILE", help="that one row is covered")
        parser.add_argument("--leaves", type=Path, metavar="FILE", help="all rows: makes the root")

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {"ok": True, "fault": None}
        try:
            self._check(options, result)
        except Fault as fault:
            result |= {"ok": False, "fault": str(fault)}
            self.say(f"BROKEN: {fault}")
            if self.as_json:
                self.stdout.write(json.dumps(result, ensure_ascii=False))
            sys.exit(1)
        return result

    def _check(self, options: dict[str, Any], result: dict[str, Any]) -> None:
        body = check_certificate(_read(options["file"]), _key(options["key"]))
        result |= {name: body[name] for name in ("certificateId", "tenantId", "leaves")}
        self.say(
            f"Certificate {body['certificateId']} of {body['tenantId']}: signed, "
            f"{body['leaves']['count']} rows, root {body['leaves']['root'][:16]}…"
        )
        result["days"] = body.get("days", [])
        for day in result["days"]:
            self.say(
                f"{day['dataClass']} of {day['from'][:10]} in {day['dataPartition']}, environment "
                f"{day['environmentId']}: {day['count']} rows went with the whole day."
            )
        if options["proof"]:
            leaf = check_proof(_read(options["proof"]), body)
            result["proof"] = {"dataClass": leaf.data_class, "id": str(leaf.row_id)}
            self.say(f"It covers {leaf.data_class} {leaf.row_id}.")
        if options["leaves"]:
            try:
                with options["leaves"].open("rb") as lines:
                    check_leaves(lines, body)
            except OSError as error:
                raise usage(f"{options['leaves']}: {error.strerror}") from error
            self.say("The leaves make its root.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise usage(f"{path}: {error.strerror}") from error


def _key(given: str) -> str:
    text = given if is_key(given) else _read(Path(given)).decode(errors="replace").strip()
    if not is_key(text):
        raise usage("--key is neither 64 hexadecimal characters nor a file of them")
    return text
