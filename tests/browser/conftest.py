"""A portal that runs, and a browser to look at it with.

The browser keeps an event loop in the test's own thread, and Django asks no database beside one:
so a test in this folder asks none (`site` has asked before), and the browser ends with the module.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from runtime_portal.launch.urls import make_url
from tests.conftest import ALIASES
from tests.console.many import make_services
from tests.console.places import Things, things_of
from tests.world import World, make_world

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
                None)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """Where it runs, and who is in it."""

    address: str
    world: World
    things: Things
    environment: Mapping[str, str]

    @property
    def slug(self) -> str:
        return self.world.acme.slug


@pytest.fixture(scope="session")
def site(world: World, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Site]:
    """Two tenants of its own, one of them with more services than a page has, served."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: install one to run the browser tests")
    with django_db_blocker.unblock():
        seen = make_world("webby", "other")
        make_services(seen.acme, "silo", [f"service-{n:02}" for n in range(60)])
        things = things_of(seen.acme)
        environment = _environment()
        for alias in ALIASES:
            connections[alias].close()
    log = tmp_path_factory.mktemp("portal") / "log"
    port = _free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "runtime_portal.wsgi", "--threads", "4",
             "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT, env=environment, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, log)
        yield Site(address, seen, things, environment)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def chromium(site: Site) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        yield browser
        browser.close()


def _environment() -> dict[str, str]:
    """That of the tests, with the database that they made."""
    name = connections["default"].settings_dict["NAME"]
    urls = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_STEWARD_URL")
    return {
        **os.environ,
        **{url: make_url({**conninfo_to_dict(os.environ[url]), "dbname": name}) for url in urls},
        "DJANGO_SETTINGS_MODULE": "runtime_portal.settings",
        "DATABASE_POOL_SIZE": "4",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the portal did not start:\n{log.read_text()}")
