import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.core.chain import Check
from apps.core.chain_reading import Heads, verify, verify_lines
from apps.core.commands import PortalCommand, usage
from apps.core.snapshot import owners_snapshot


class Command(PortalCommand):
    help = (
        "Recomputes the hash chains of the audit trail, from the database or from an export. "
        "Exit 0 where every chain is whole, 1 with the first fault of each that is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="the chains of one tenant alone")
        parser.add_argument("--file", type=Path, help="an export, as export_audit writes it")
        parser.add_argument(
            "--since",
            type=Path,
            metavar="FILE",
            help="what this command printed earlier as JSON: its heads must still be in the chains",
        )

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        earlier: Heads = _earlier(options["since"]) if options["since"] else {}
        found = []
        for check in self._checks(options, earlier):
            found.append(check.as_json())
            self.say(_line(check))
        for where in _missing(earlier, found, options):
            check = Check(*where)
            check.end(None)
            found.append(check.as_json())
            self.say(_line(check))
        result = {"ok": all(one["ok"] for one in found), "chains": found}
        if result["ok"]:
            return result
        if self.as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        sys.exit(1)

    def _checks(self, options: dict[str, Any], earlier: Heads) -> Iterator[Check]:
        if options["file"] is None:
            with owners_snapshot() as cursor:
                yield from verify(cursor, options["tenant"], earlier)
            return
        try:
            with options["file"].open(encoding="utf-8") as lines:
                yield from verify_lines(lines, earlier)
        except (OSError, ValueError) as error:
            raise usage(f"{options['file']} cannot be read as an export: {error}") from error


def _earlier(path: Path) -> Heads:
    try:
        chains = json.loads(path.read_text())["chains"]
        heads = [one["head"] for one in chains if one["head"]]
        return {(h["tenantId"], h["chain"]): (h["number"], h["hash"]) for h in heads}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _unreadable(path, error) from error


def _missing(
    earlier: Heads, found: list[dict[str, Any]], options: dict[str, Any]
) -> list[tuple[str, str]]:
    """Chains that were there and are not, of the tenants that were asked for."""
    asked = {one["tenantId"] for one in found} if options["file"] else {options["tenant"]}
    there = {(one["tenantId"], one["chain"]) for one in found}
    everybody = not options["file"] and options["tenant"] is None
    return sorted(key for key in earlier.keys() - there if everybody or key[0] in asked)


def _unreadable(path: Path, error: Exception) -> CommandError:
    return usage(f"{path} is not what verify_audit --format json prints: {error}")


def _line(check: Check) -> str:
    told = f"{check.tenant_id}  {check.chain}  {check.entries} entries"
    if check.forgotten:
        told += f", {check.forgotten} values gone"
    if check.fault:
        return f"{told}  BROKEN at {check.fault.number}: {check.fault.what}"
    return f"{told}  head {check.number} {check.hash[:16]}…  ok"
