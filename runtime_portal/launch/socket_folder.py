"""Where the server's Unix socket is: a folder that only its user may enter."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from runtime_portal.launch.account import own
from runtime_portal.launch.place import Place
from runtime_portal.launch.problem import Problem

PORT = 5432
# The kernel's limit is 107 on Linux and 103 elsewhere.
LONGEST = 100


def socket_folder(place: Place) -> Path:
    """In the server's home, or in the temporary folder where that path is too long.

    Its name there is known to everybody: what was put in its place is refused with Problem.
    """
    folder = place.home / "socket"
    if not _fits(folder):
        name = "runtime-portal-" + hashlib.sha256(os.fsencode(place.home)).hexdigest()[:16]
        candidates = [Path(root) / name for root in (tempfile.gettempdir(), "/tmp")]  # noqa: S108
        fitting = [candidate for candidate in candidates if _fits(candidate)]
        if not fitting:
            raise Problem(f"STATE_DIR: {place.state} is too long for a socket; set a shorter one")
        folder = fitting[0]
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        folder.chmod(0o700)
        own(folder, place.account)
    found = folder.lstat()
    mine = place.account.uid if place.account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != mine or found.st_mode & 0o777 != 0o700:
        raise Problem(f"{folder} is not a private folder of uid {mine}; remove it and start again")
    return folder


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= LONGEST
