"""The memory of a web worker that has answered 200 requests."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.result import Budget, Result

REQUESTS = 200
BUDGET = Budget("≤", 150, "MB")


def measure() -> list[Result]:
    """One gunicorn worker with the launcher's own options; its RSS after the last."""
    from django.conf import settings

    from benchmarks.filling import make_tenant
    from benchmarks.pages import signed_in

    filled = make_tenant("memory-tenant", 1_000)
    cookie = signed_in(filled.person).cookies[settings.SESSION_COOKIE_NAME].value
    base = f"/t/{filled.slug}/"
    pages = [base, f"{base}services/", f"{base}deployments/", f"{base}environments/",
             f"{base}configurations/", f"{base}services/?status=Degraded"]  # fmt: skip
    with _web() as (port, master):
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
        for number in range(REQUESTS):
            _ask(port, pages[number % len(pages)], headers)
        memory = _megabytes(_children(master)[0], "VmRSS")
    return [Result("memory of a web worker", memory, "MB", budget=BUDGET)]


def _ask(port: int, path: str, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
    finally:
        connection.close()


@contextmanager
def _web() -> Iterator[tuple[int, int]]:
    """(port, process) of the web as `make run` starts it, but with one worker."""
    from runtime_portal.launch.commands import ROOT, WITHHELD, portal_commands
    from runtime_portal.launch.settings import read_settings

    port = _free_port()
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"}
    environ |= {"PORT": str(port), "ALLOWED_HOSTS": "127.0.0.1"}
    command = [*portal_commands(read_settings(environ)).web, "--workers", "1"]
    environ = {name: value for name, value in environ.items() if name not in WITHHELD}
    Path(environ["STATE_DIR"], "logs").mkdir(exist_ok=True)
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _ask(port, "/healthz", {})
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web did not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _megabytes(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / 1_000_000
    raise RuntimeError(f"the system says nothing of {name}")


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
