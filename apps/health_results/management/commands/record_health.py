import contextlib
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.db import reset_queries

from apps.core.commands import PortalCommand, add_environment, add_tenant, usage
from apps.core.errors import PortalError
from apps.core.progress import Progress
from apps.health_results.operations import BATCH, Recorded, Rejected, batched, record_results
from apps.health_results.reading import read_lines
from apps.health_results.results import Problem, Result
from apps.tenant_bindings.context import enter_tenant


class Command(PortalCommand):
    help = (
        "Records health results from JSON lines. All or nothing; with --keep-good what is good "
        "is kept, a thousand at a time. Exit 1 where any line was bad."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant(parser)
        add_environment(parser)
        parser.add_argument("--keep-good", action="store_true", help="record what can be recorded")
        parser.add_argument("file", metavar="FILE", help="- is standard input")

    def work(self, options: dict[str, Any]) -> dict[str, Any] | None:
        try:
            environment_id = UUID(options["environment"])
        except ValueError as error:
            raise usage("--environment must be the id of an environment.") from error
        stopped = ""
        with _opened(options["file"]) as file, self._watched(file) as lines:
            door = {"actor": self.actor, "environment_id": environment_id, "writing": True}
            if options["keep_good"]:
                recorded, stopped = _piecemeal(options["tenant"], door, lines)
            else:
                recorded = _whole(options["tenant"], door, lines)
        return self._tell(recorded, stopped)

    @contextlib.contextmanager
    def _watched(self, file: BinaryIO) -> Iterator[Iterator[Result | Problem]]:
        """The lines, with a bar on a terminal."""
        total = 0 if file is sys.stdin.buffer else os.fstat(file.fileno()).st_size
        bar = Progress(sys.stderr, total, "lines")

        def counted() -> Iterator[Result | Problem]:
            for count, item in enumerate(read_lines(file), start=1):
                if count % BATCH == 0:
                    bar.show(file.tell() if total else 0, count)
                    reset_queries()  # with DEBUG on Django keeps every statement
                yield item

        try:
            yield counted()
        finally:
            bar.end()

    def _tell(self, recorded: Recorded, stopped: str) -> dict[str, Any] | None:
        self.say(f"{recorded.accepted} recorded, {recorded.duplicates} were there already.")
        for problem in recorded.problems:
            self.say(f"  line {problem.place}: {problem}")
        if more := recorded.rejected - len(recorded.problems):
            self.say(f"  and {more} more lines")
        if stopped:
            self.stderr.write(f"Stopped: {stopped}")
        result = _as_api(recorded) | ({"error": stopped} if stopped else {})
        if not recorded.rejected and not stopped:
            return result
        if self.as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        sys.exit(1)


def _whole(tenant: str, door: dict[str, Any], lines: Iterator[Result | Problem]) -> Recorded:
    """One transaction: every line or none."""
    try:
        with enter_tenant(tenant, **door):
            return record_results(lines)
    except Rejected as error:
        return error.recorded


def _piecemeal(
    tenant: str, door: dict[str, Any], lines: Iterator[Result | Problem]
) -> tuple[Recorded, str]:
    """Each batch by the door anew. What forbids the next one ends it; what was done stays."""
    recorded = Recorded()
    for batch in batched(lines, BATCH):
        try:
            with enter_tenant(tenant, **door):
                recorded.add(record_results(batch, keep_good=True))
        except PortalError as error:
            if not recorded.accepted:
                raise
            return recorded, error.message
    return recorded, ""


def _as_api(recorded: Recorded) -> dict[str, Any]:
    return {
        "accepted": recorded.accepted,
        "duplicates": recorded.duplicates,
        "rejectedCount": recorded.rejected,
        "rejected": [{"line": p.place, "reason": str(p)} for p in recorded.problems],
    }


@contextlib.contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise usage(f"{name}: {error.strerror}") from error
        yield file
