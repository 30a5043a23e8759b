"""Who the embedded server runs as. PostgreSQL refuses to be root; everybody else runs it himself.

Nothing above the state folder is ever chmodded for that user: where he cannot pass, the data and
a copy of the binaries go where he can (place.py).
"""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NAME = "runtime-portal"


@dataclass(frozen=True)
class Account:
    """The user that root hands the server to."""

    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """None unless we are root. Data that is there is served by whoever owns it."""
    if os.geteuid() != 0:
        return None
    with suppress(OSError):
        owner = data.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    return _named(NAME) or _made() or _named("nobody") or Account(65534, 65534)


def _named(name: str) -> Account | None:
    with suppress(KeyError):
        entry = pwd.getpwnam(name)
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    return None


def _made() -> Account | None:
    options = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    with suppress(KeyError):
        grp.getgrnam(NAME)
        options += ["--gid", NAME]
    # An image without useradd, or with a read-only /etc, still has nobody.
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            ["useradd", "--system", *options, NAME],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
        )
    return _named(NAME)


def own(path: Path, account: Account | None) -> None:
    """Give a path, and all in it, to the account; nothing to do for one's own."""
    if account is None:
        return
    os.chown(path, account.uid, account.gid, follow_symlinks=False)
    if path.is_dir() and not path.is_symlink():
        for child in path.iterdir():
            own(child, account)


def run_as(
    account: Account | None,
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as that user, from `/`; its output is captured, never raised."""
    return subprocess.run(
        [str(part) for part in command],
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        env=dict(env) if env is not None else None,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
        check=False,
        start_new_session=True,
    )
