"""What every command of the portal shares: formats, exit codes, who acts.

Exit codes: 0 done, 1 refused or found wanting, 2 wrong usage. JSON stands alone on stdout.
"""

import getpass
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.access import Actor
from apps.core.errors import PortalError


class PortalCommand(BaseCommand):
    """Subclasses write `work(options)`: returns what `--format json` prints, prints text itself."""

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--format", choices=["text", "json"], default="text")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json = options["format"] == "json"
        try:
            result = self.work(options)
        except PortalError as error:
            if self.as_json:
                self.stdout.write(json.dumps({"error": error.message, "fields": error.fields}))
            for name, problems in error.fields.items():
                for problem in problems:
                    self.stderr.write(f"{name}: {problem}")
            if not error.fields:
                self.stderr.write(error.message)
            sys.exit(1)
        if self.as_json and result is not None:
            self.stdout.write(json.dumps(result, ensure_ascii=False))

    def work(self, options: dict[str, Any]) -> Any:
        raise NotImplementedError

    def say(self, line: str) -> None:
        """A line for people; silent where JSON was asked for."""
        if not self.as_json:
            self.stdout.write(line)

    @property
    def actor(self) -> Actor:
        """The operator at the shell, by the name of their account."""
        try:
            name = getpass.getuser()
        except (KeyError, OSError):
            name = "unknown account"
        return Actor("operator", label=name)


def add_tenant(parser: ArgumentParser) -> None:
    parser.add_argument("--tenant", required=True, metavar="SLUG")


def add_environment(parser: ArgumentParser) -> None:
    parser.add_argument("--environment", required=True, metavar="ID")


def usage(message: str) -> CommandError:
    """Wrong usage: printed as one line, exit code 2."""
    return CommandError(message, returncode=2)
