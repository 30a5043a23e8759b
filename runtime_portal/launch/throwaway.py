"""A server for one run of the tests: fresh, quick, and gone afterwards."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from runtime_portal.launch.account import server_account
from runtime_portal.launch.embedded import Server
from runtime_portal.launch.place import find_place
from runtime_portal.launch.roles import make_roles
from runtime_portal.launch.state import Credentials, hold, prepare_state
from runtime_portal.launch.urls import forget_libpq

# The data is removed at the end, so a power cut may have it.
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


class Throwaway:
    """Made in a new folder under `base`; `close()` stops the server and removes the folder.

    `durable` keeps fsync and its kin on, for measuring. Any number may run at once.
    """

    def __init__(self, base: Path, *, durable: bool = False, createdb: bool = True) -> None:
        forget_libpq()
        base.mkdir(parents=True, exist_ok=True)
        with (base / "lock").open("a") as lock:
            # Against a sweep that sees the folder before it is held.
            fcntl.flock(lock, fcntl.LOCK_EX)
            _sweep(base)
            self.folder = Path(tempfile.mkdtemp(prefix="run-", dir=base))
            # The server's user passes through when root runs the tests.
            self.folder.chmod(0o711)
            self._held = hold(self.folder)
        # Its user is root's stand-in, or none: nobody owns data here yet.
        account = server_account(self.folder / "data")
        prepare_state(self.folder / "server", account.gid if account else None)
        place = find_place(self.folder / "server", account)
        self._home = place.home
        credentials = Credentials(self.folder / "credentials.json")
        options = {"max_connections": "200"} if durable else QUICK
        self.server = Server(place, credentials, options=options, sync=durable)
        try:
            self.server.start()
            self.database = make_roles(self.server, credentials, createdb=createdb)
        except BaseException:
            self.close()
            raise
        self.state = self.folder / "state"
        self.state.mkdir(mode=0o700)

    def environment(self) -> dict[str, str]:
        """What the settings read, and the superuser's URL for what no login may do."""
        return {
            **self.database.urls(),
            **self.database.names(),
            "STATE_DIR": str(self.state),
            "PORTAL_TEST_SUPERUSER_URL": self.server.url(),
        }

    def close(self) -> None:
        """May be called again."""
        self.server.stop()
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            os.close(self._held)


def _sweep(base: Path) -> None:
    """Remove what killed runs left: their locks are free."""
    for folder in base.glob("run-*"):
        with suppress(OSError), (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree((folder / "server" / "postgres").resolve(), ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
