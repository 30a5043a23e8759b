"""Run with an empty installation's environment: an upgrade that is killed before its commit."""

import os
import signal

import django

django.setup()

# ruff: noqa: E402 - models are there once Django is set up.
from django.core.management import call_command

from runtime_portal.demo import make


def kill_after_writing(*arguments: object) -> None:
    written(*arguments)  # type: ignore[arg-type]
    os.kill(os.getpid(), signal.SIGKILL)


written = make.write_private
make.write_private = kill_after_writing
call_command("upgrade", demo=True, verbosity=0)
