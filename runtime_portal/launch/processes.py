"""Starting and stopping: what is started here ends with us, even when we are killed."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from runtime_portal.launch.account import Account

PR_SET_PDEATHSIG = 1


class Stopped(BaseException):
    """A signal asked us to stop. Not an Exception: nothing on the way may swallow it."""


def stop_on_signals() -> None:
    """Raise Stopped at the first SIGINT, SIGTERM or SIGHUP; later ones do not disturb the end."""

    def ask(number: int, frame: object) -> None:
        ignore_signals()
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    # Under nohup the terminal may go.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, ask)


def ignore_signals() -> None:
    """The rest is bounded in time and must not stop half-way."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdout: int,
    stderr: int,
    account: Account | None = None,
    when_orphaned: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start in a session of its own, so that the terminal's Ctrl-C reaches only us.

    When we die without a word the kernel sends it `when_orphaned` (on Linux).
    """
    return subprocess.Popen(
        [str(part) for part in command],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=_at_birth(when_orphaned),
    )


def _at_birth(when_orphaned: signal.Signals) -> Callable[[], None]:
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    parent = os.getpid()

    def prepare() -> None:
        # Ignored signals are inherited through exec; the child needs its own.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, int(when_orphaned))
            # We may have died before the kernel was asked.
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def stop(children: Sequence[subprocess.Popen[bytes]], *, seconds: float = 10) -> None:
    """Ask all at once, wait, then kill what is left of each and of what they started."""
    for child in children:
        with suppress(ProcessLookupError):
            child.terminate()
    deadline = time.monotonic() + seconds
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(0.0, deadline - time.monotonic()))
        # A session leader's group has its pid; it may outlive the leader.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
