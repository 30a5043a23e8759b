"""The embedded PostgreSQL: passwords only (SCRAM), a private socket, no port on any network."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psycopg

from runtime_portal.launch.cluster import (
    ENVIRONMENT,
    SUPERUSER,
    make_cluster,
    refuse_other_version,
    reset_superuser,
)
from runtime_portal.launch.leftover import stop_leftover
from runtime_portal.launch.options import OPTIONS
from runtime_portal.launch.place import Place
from runtime_portal.launch.problem import Problem, one_line
from runtime_portal.launch.processes import start
from runtime_portal.launch.socket_folder import PORT, socket_folder
from runtime_portal.launch.state import Credentials, last_lines, open_log
from runtime_portal.launch.urls import make_url

SERVER = "embedded"
PATIENCE = 60.0


class Server:
    """One cluster in one place, from `start()` until `stop()` or our own end."""

    def __init__(
        self,
        place: Place,
        credentials: Credentials,
        *,
        options: Mapping[str, str] | None = None,
        sync: bool = True,
    ) -> None:
        self.data = place.home / "data"
        self.log = place.state / "logs" / "postgresql.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.place = place
        self._credentials = credentials
        self._sync = sync
        self._socket = socket_folder(place)
        self._options = {**OPTIONS, **(options or {})}

    def start(self) -> None:
        """Make the data where there is none, take over from a server left behind, start, wait.

        Raises Problem. Data whose passwords were lost is kept, and its superuser gets a new one.
        """
        stop_leftover(self.data)
        if not self.data.exists():
            make_cluster(self.place, self.data, self._password(), sync=self._sync)
        refuse_other_version(self.data)
        self._launch()
        if not self._ready():
            self.stop()
            reset_superuser(self.place, self.data, self._password())
            self._launch()
            if not self._ready():
                raise Problem(f"the embedded server refuses its superuser; see {self.log}")

    def stop(self) -> None:
        """A fast shutdown: sessions end, everything committed is on disk."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                # Children go too, and the next start replays the log.
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        self.process = None
        # In the temporary folder it would stay behind.
        with suppress(OSError):
            self._socket.rmdir()

    def url(self, role: str = SUPERUSER, database: str = "postgres") -> str:
        """How that login reaches that database."""
        parts = {"user": role, "password": self._password(role), "dbname": database}
        return make_url({**parts, "host": self._socket, "port": PORT})

    def _password(self, role: str = SUPERUSER) -> str:
        return self._credentials.password(SERVER, role)

    def _launch(self) -> None:
        socket_folder(self.place)
        quoted = '"' + str(self._socket).replace('"', '""') + '"'
        options = [f"--{name}={value}" for name, value in self._options.items()]
        options.append(f"--unix_socket_directories={quoted}")
        log = open_log(self.log)
        try:
            self.process = start(
                [self.place.binaries / "postgres", "-D", self.data, *options],
                env=ENVIRONMENT,
                cwd=Path("/"),
                stdout=log,
                stderr=log,
                account=self.place.account,
                when_orphaned=signal.SIGINT,
            )
        finally:
            os.close(log)

    def _ready(self) -> bool:
        """False where the superuser's password is not the one we hold."""
        deadline = time.monotonic() + PATIENCE
        url = self.url()
        while self.process is not None:
            if self.process.poll() is not None:
                lines = last_lines(self.log, 20)
                fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
                reason = (fatal or lines or ["no reason given"])[-1]
                raise Problem(f"the embedded server did not start: {reason} (see {self.log})")
            try:
                psycopg.connect(url, connect_timeout=5).close()
                return True
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    return False
                if time.monotonic() > deadline:
                    raise Problem(
                        f"the embedded server did not answer in {PATIENCE:.0f} s:"
                        f" {one_line(error)} (see {self.log})"
                    ) from None
            time.sleep(0.03)
        return False
