"""A server that outlived its launcher is stopped before its data is used again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from runtime_portal.launch.problem import Problem


def stop_leftover(data: Path) -> None:
    """The caller holds the state's lock, so nobody else is using this server. Raises Problem."""
    for request, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0)):
        pid = _postmaster(data)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, request)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if _postmaster(data) is None:
                return
            time.sleep(0.05)
    raise Problem(f"a server left behind (process {pid}) does not stop; end it and start again")


def _postmaster(data: Path) -> int | None:
    """The process of the lock file, if it is still the server of this data.

    The number may long be somebody else's: a postmaster works in its data folder.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    if Path("/proc/self").exists():
        with suppress(OSError):
            return pid if Path(f"/proc/{pid}/cwd").samefile(data) else None
        return None
    asked = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, check=False)
    return pid if b"postgres" in asked.stdout else None
