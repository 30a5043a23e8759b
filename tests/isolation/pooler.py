"""PgBouncer in transaction mode before the test database, run as the server's own user."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from runtime_portal.launch.account import Account, own, server_account
from tests.isolation.logins import parameters

PORT = 6432


def program() -> str | None:
    """Debian puts it into sbin, which an ordinary user's PATH may lack."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def pooler(size: int) -> Iterator[Path]:
    """The folder of its socket. It refuses to be root, so root hands it to the server's account."""
    found = program()
    assert found is not None
    # Outside pytest's own folder, which only we can pass.
    folder = Path(tempfile.mkdtemp(prefix="pooler-"))
    account = _account()
    (folder / "pgbouncer.ini").write_text(_configuration(folder, size))
    own(folder, account)
    process = subprocess.Popen(
        [found, str(folder / "pgbouncer.ini")],
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    try:
        _wait(folder, process)
        yield folder
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        if process.poll() is None:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> Account | None:
    socket = Path(parameters()["host"] or "/")
    return server_account(socket if socket.is_dir() else Path("/nonexistent"))


def _configuration(folder: Path, size: int) -> str:
    given = parameters()
    where = " ".join(
        f"{name}='{value}'"
        for name, value in given.items()
        if value and name in ("host", "port", "dbname", "user", "password")
    )
    return f"""
[databases]
{given["dbname"]} = {where}
[pgbouncer]
unix_socket_dir = {folder}
listen_addr =
listen_port = {PORT}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 100
server_reset_query =
logfile = {folder}/log
pidfile = {folder}/pid
"""


def _wait(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(host=str(folder), port=PORT, dbname=parameters()["dbname"]).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                log = folder / "log"
                told = log.read_text() if log.exists() else "no log"
                raise RuntimeError(f"PgBouncer does not answer: {told}") from error
        time.sleep(0.05)
