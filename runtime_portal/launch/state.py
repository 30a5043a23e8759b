"""The state folder: who may enter it, who holds it, and the secrets it keeps."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from runtime_portal.launch.problem import Problem, one_line

LOG_LIMIT = 10 * 1024 * 1024


def prepare_state(state: Path, group: int | None) -> None:
    """Make the folder where it is missing; raises Problem where it cannot be written.

    `group` (when root starts a server that runs as somebody else) may pass through it and read
    nothing. A folder that is there keeps its mode: it may be somebody's home.
    """
    try:
        if not state.exists():
            state.mkdir(parents=True, mode=0o700)
            if group is not None:
                os.chown(state, -1, group)
                state.chmod(0o710)
        (state / "logs").mkdir(mode=0o700, exist_ok=True)
        for folder in (state, state / "logs"):
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError as error:
        raise Problem(f"STATE_DIR: cannot write to {state}: {one_line(error)}") from None


def hold(state: Path) -> int:
    """Take the folder's lock until the process ends; the descriptor keeps it. Raises Problem."""
    descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode(errors="replace").strip()
        os.close(descriptor)
        raise Problem(
            f"STATE_DIR: {state} is in use by another `make run` (process {holder or 'unknown'});"
            " stop that one, or set another STATE_DIR"
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def empty(folder: Path) -> None:
    """A folder of ours, with nothing in it: what processes of the web counted ends with them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def open_log(path: Path) -> int:
    """A descriptor that appends, for the owner's eyes only; the last 10 MB and more are kept."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".1" + path.suffix))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def last_lines(path: Path, count: int) -> list[str]:
    """The end of a log, without empty lines."""
    with suppress(FileNotFoundError), path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 16_384))
        lines = log.read().decode(errors="replace").splitlines()
        return [line for line in lines if line.strip()][-count:]
    return []


class Credentials:
    """Passwords that we made, in one file for its owner alone; each is saved before it is used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        with suppress(FileNotFoundError):
            try:
                self._values = dict(json.loads(path.read_text()))
            except ValueError:
                raise Problem(
                    f"{path} is damaged; move it away and new passwords are made"
                ) from None

    def secret_key(self) -> str:
        """Django's, the same at every start: sessions outlive a restart."""
        if "secret_key" not in self._values:
            self._values["secret_key"] = secrets.token_urlsafe(48)
            self._save()
        return str(self._values["secret_key"])

    def signing_key(self) -> str:
        """That of the certificates, the same for ever: what it signed is checked for years."""
        if "signing_key" not in self._values:
            self._values["signing_key"] = secrets.token_hex(32)
            self._save()
        return str(self._values["signing_key"])

    def password(self, server: str, role: str) -> str:
        """The role's password on that server, made when it is first asked for."""
        passwords = self._values.setdefault("passwords", {}).setdefault(server, {})
        if role not in passwords:
            passwords[role] = secrets.token_urlsafe(24)
            self._save()
        return str(passwords[role])

    def _save(self) -> None:
        # mkstemp makes the file 0600; the rename makes it whole or not there.
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".credentials-")
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._values, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0 and self._path.exists():
            before = self._path.stat()
            os.chown(name, before.st_uid, before.st_gid)
        Path(name).replace(self._path)
