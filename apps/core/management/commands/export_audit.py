import json
import os
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO

from apps.core.chain_reading import export
from apps.core.commands import PortalCommand, add_tenant, usage
from apps.core.errors import NotFound
from apps.core.snapshot import owners_snapshot


class Command(PortalCommand):
    help = (
        "Writes a tenant's chains as JSON lines, each chain's head before its entries, for "
        "verify_audit --file. `platform` is the platform's own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        parser.add_argument("--output", type=Path, metavar="F", help="a file; absent: stdout")

    def work(self, options: dict[str, Any]) -> dict[str, Any] | None:
        path: Path | None = options["output"]
        chains = entries = 0
        with owners_snapshot() as cursor, _opened(path) or nullcontext(self.stdout) as out:
            for line in export(cursor, options["tenant"]):
                chains, entries = chains + ("head" in line), entries + ("head" not in line)
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
        if not chains:
            raise NotFound(f"There is no chain of '{options['tenant']}'.")
        if path is None:
            return None
        self.say(f"{entries} entries of {chains} chains: {path}")
        return {"tenantId": options["tenant"], "chains": chains, "entries": entries}


def _opened(path: Path | None) -> TextIO | None:
    """A new file for its owner alone: it tells of people."""
    if path is None:
        return None
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise usage(f"--output {path}: {error.strerror}") from error
    return os.fdopen(descriptor, "w", encoding="utf-8")
