"""`make run` with three small programs in place of the portal's: `python -m tests.launch.driver`.

Each program writes its environment and process id into the state folder, so that a test can ask
what it was told and whether it still lives.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import sys
import time
from pathlib import Path

from runtime_portal.launch.commands import Commands
from runtime_portal.launch.problem import Problem
from runtime_portal.launch.run import run
from runtime_portal.launch.settings import Settings


class Ready(http.server.BaseHTTPRequestHandler):
    """Answers every path with 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def program(name: str) -> int:
    state = Path(os.environ["STATE_DIR"])
    (state / f"{name}.json").write_text(json.dumps({"pid": os.getpid(), "env": dict(os.environ)}))
    with (state / f"{name}.starts").open("a") as starts:
        starts.write("started\n")
    if name == "upgrade":
        print("made the demo")
        people = [{"email": "ada@acme.test", "password": "pw", "role": "admin", "tenant": None}]
        (state / "demo.json").write_text(json.dumps({"people": people, "tokens": {}}))
    elif name == "upgrade-fails":
        print("half a line of a traceback", file=sys.stderr)
        print("migration 0007 is not understood", file=sys.stderr)
        return 3
    elif name == "web":
        http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Ready).serve_forever()
    elif name == "worker":
        time.sleep(600)
    elif name == "worker-deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    elif name.endswith("-dies"):
        while name == "web-dies" and not (state / "worker.json").exists():
            time.sleep(0.05)
        print("settings are wrong, so this ends")
        return 1
    return 0


def stubs(settings: Settings) -> Commands:
    chosen = (os.environ.get("STUBS") or "upgrade,web,worker").split(",")
    upgrade, web, worker = ([sys.executable, "-m", __spec__.name, name] for name in chosen)
    return Commands(upgrade, web, worker)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(program(sys.argv[1]))
    try:
        sys.exit(run(dict(os.environ), commands=stubs, until_parent_ends="MAKELEVEL" in os.environ))
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(problem.code)
