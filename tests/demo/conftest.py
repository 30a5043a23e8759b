"""A database of the demo's own, made by `manage.py upgrade --demo` in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from runtime_portal.launch.urls import make_url

ROOT = Path(__file__).resolve().parents[2]
URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_STEWARD_URL")


@dataclass
class Installation:
    """One database with its state folder, as `make run` would have them."""

    environ: dict[str, str]
    tenants_after_kill: int = -1
    told_after_kill: dict[str, Any] = field(default_factory=dict)

    @property
    def handed_over(self) -> Path:
        return Path(self.environ["STATE_DIR"]) / "demo.json"

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.handed_over.read_text()))

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def upgrade(self) -> dict[str, Any]:
        done = self.python("manage.py", "upgrade", "--demo", "--format", "json")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """As owner, who sees every row of every schema."""
        with psycopg.connect(self.environ["DATABASE_OWNER_URL"]) as connection:
            return connection.execute(query.encode()).fetchall()

    def value(self, query: str) -> Any:
        return self.rows(query)[0][0]


@contextmanager
def new_installation(state: Path) -> Iterator[Installation]:
    """An empty database, let in for the three logins as the tests' own is; dropped at the end."""
    name = f"test_demo_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    database = sql.Identifier(name)
    logins = [os.environ["RUNTIME_ROLE"], os.environ["STEWARD_ROLE"]]
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                database, sql.SQL(", ").join(sql.Identifier(login) for login in logins)
            )
        )
        environ = dict(os.environ) | {
            "STATE_DIR": str(state),
            "DJANGO_SETTINGS_MODULE": "runtime_portal.settings",
        }
        for variable in URLS:
            environ[variable] = make_url({**conninfo_to_dict(os.environ[variable]), "dbname": name})
        yield Installation(environ)
        connection.execute(drop)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """What `make run` leaves on an empty database, after a first start that was killed."""
    with new_installation(tmp_path_factory.mktemp("state")) as installation:
        died = installation.python("-m", "tests.demo.killed")
        assert died.returncode == -signal.SIGKILL, died.stderr
        installation.tenants_after_kill = installation.value(
            "SELECT count(*) FROM tenants_tenant WHERE tenant_id <> 'platform'"
        )
        installation.told_after_kill = installation.told
        assert installation.upgrade() == {"demo": True}
        yield installation
