"""A portal that runs, with a token as the demo hands one out, and a stage on which scripts play."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.api.caller import token_of
from tests.tenant_bindings.test_worker import _environment
from tests.world import TestTenant, World, make_world

EXAMPLES = Path(settings.BASE_DIR) / "examples"


@dataclass
class Portal:
    address: str
    world: World
    token: str

    @property
    def tenant(self) -> TestTenant:
        return self.world.acme

    def play(self, script: str, *arguments: str, given: str = "", **more: str) -> Any:
        """The script, with what it asks for in its environment."""
        return subprocess.run(
            ["/bin/sh", str(EXAMPLES / script), *arguments],
            input=given, capture_output=True, text=True, check=False, timeout=90,
            env={"PATH": os.environ["PATH"], "PORTAL_URL": self.address,
                 "PORTAL_TOKEN": self.token, "RELEASE": "v1.2.3",
                 "ENVIRONMENT_ID": str(self.tenant.environments["pool"]), **more},
        )  # fmt: skip


@pytest.fixture(scope="module")
def portal(world: World, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Portal]:
    from apps.core.ids import uuid7

    name = uuid7().hex[-10:]
    with django_db_blocker.unblock():
        seen = make_world(f"acme-{name}", f"globex-{name}")
        token = token_of(seen.acme.slug)
    log = tmp_path_factory.mktemp("examples") / "log"
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "runtime_portal.wsgi", "--threads", "4",
             "--bind", f"127.0.0.1:{port}", "--no-control-socket"],
            cwd=settings.BASE_DIR, stdout=output, stderr=output,
            env={**_environment(), "DATABASE_POOL_SIZE": "4",
                 "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"},
        )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, log)
        yield Portal(address, seen, token)
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the portal did not start:\n{log.read_text()}")
