"""The web and the worker, from their start to their end."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from runtime_portal.launch.commands import ROOT, Commands, Environments
from runtime_portal.launch.parent import Parent
from runtime_portal.launch.problem import Problem, say
from runtime_portal.launch.processes import ignore_signals, start, stop
from runtime_portal.launch.settings import Settings
from runtime_portal.launch.state import empty, last_lines, open_log

PATIENCE = 60.0
PAUSE = 5.0


def supervise(
    settings: Settings,
    commands: Commands,
    env: Environments,
    began: float,
    parent: Parent | None,
    stack: ExitStack,
) -> None:
    """Start both, say where the portal is, and watch. Returns only when `parent` wants an end.

    Raises Problem when the web dies or never becomes ready. A worker that dies is started again.
    """
    logs = settings.state / "logs"
    children: dict[str, subprocess.Popen[bytes]] = {}
    stack.callback(lambda: stop(list(children.values())))
    stack.callback(ignore_signals)
    empty(settings.state / "metrics")
    children["web"] = _start(commands.web, env.web, logs / "web.log")
    children["worker"] = _start(commands.worker, env.all, logs / "worker.log")
    started = asked = time.monotonic()
    ready = False
    while parent is None or not parent.wants_an_end():
        if children["web"].poll() is not None:
            for line in last_lines(logs / "web.log", 15):
                say(f"  {line}")
            raise Problem(f"the web process ended by itself (see {logs / 'web.log'})")
        now = time.monotonic()
        if children["worker"].poll() is not None and now - started >= PAUSE:
            say(f"The worker ended by itself and is started again (see {logs / 'worker.log'}).")
            children["worker"] = _start(commands.worker, env.all, logs / "worker.log")
            started = now
        if not ready:
            ready = answers(settings)
            if ready:
                _announce(settings, time.monotonic() - began)
            elif now - asked > PATIENCE:
                raise Problem(f"the web was not ready in {PATIENCE:.0f} s (see {logs / 'web.log'})")
        time.sleep(0.2 if ready else 0.05)


def answers(settings: Settings) -> bool:
    """Whether /readyz says 200."""
    hosts = settings.allowed_hosts.split(",")
    host = "127.0.0.1" if {"*", "127.0.0.1"} & set(hosts) else hosts[0].lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"{host}:{settings.port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _start(command: list[str], env: Mapping[str, str], path: Path) -> subprocess.Popen[bytes]:
    log = open_log(path)
    try:
        return start(command, env=env, cwd=ROOT, stdout=log, stderr=log)
    finally:
        os.close(log)


def _announce(settings: Settings, seconds: float) -> None:
    say()
    say(f"Runtime Portal is ready: http://127.0.0.1:{settings.port}/ ({seconds:.1f} s)")
    people = _people(settings.state / "demo.json")
    if people:
        rows = [("email", "password", "role", "tenant"), *people]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        say()
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            say("  " + "  ".join(cells).rstrip())
        say()
    say("Ctrl-C stops everything.")


def _people(path: Path) -> list[tuple[str, str, str, str]]:
    try:
        people = json.loads(path.read_text())["people"]
        return [
            (
                str(person["email"]),
                str(person["password"]),
                str(person.get("role") or "-"),
                str(person.get("tenant") or "-"),
            )
            for person in people
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # No demo, or somebody's own data: the portal is as ready without it.
        return []
