"""The shell of an operator: a command's exit code, its JSON and what it says."""

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """JSON stands alone on stdout."""
        return json.loads(self.out)


def manage(*arguments: Any) -> Ended:
    """In this process: commits, so it takes `committed` or `fresh`."""
    out, err = io.StringIO(), io.StringIO()
    name, *rest = map(str, arguments)
    code = 0
    try:
        call_command(name, *rest, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code or 0)
    except CommandError as error:
        # call_command raises it; at the shell manage.py prints it and ends so (2: wrong usage).
        # argparse's own complaints carry no code here and are 2 at the shell.
        err.write(str(error))
        code = error.returncode if str(error)[:7] != "Error: " else 2
    return Ended(code, out.getvalue(), err.getvalue())


def manage_process(*arguments: Any) -> Ended:
    """In a process of its own, on the database of the tests."""
    process = begin(*arguments)
    out, err = process.communicate(timeout=60)
    return Ended(process.returncode, out, err)


def begin(*arguments: Any, **more: Any) -> "subprocess.Popen[str]":
    """The process, with pipes where nothing else is given; the caller waits for its end."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()}
    return subprocess.Popen(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=settings.BASE_DIR,
        text=True,
        **{**pipes, **more},
    )


def environment() -> dict[str, str]:
    """Of a process on the database of the tests."""
    found = dict(os.environ)
    for alias, name in (
        ("default", "DATABASE_URL"),
        ("owner", "DATABASE_OWNER_URL"),
        ("steward", "DATABASE_STEWARD_URL"),
    ):
        parts = urlsplit(found[name])
        database = connections[alias].settings_dict["NAME"]
        found[name] = urlunsplit(parts._replace(path=f"/{database}"))
    return found
