"""Where it is measured: a server with durable settings, made for the run and removed after it.

Where DATABASE_OWNER_URL is set, that server is used instead, with a database of its own that is
dropped at the end; the owner then needs CREATEDB, and the other two logins must be given too.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from runtime_portal.launch.problem import Problem
from runtime_portal.launch.throwaway import Throwaway
from runtime_portal.launch.urls import make_url

URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_STEWARD_URL")
ROLES = ("OWNER_ROLE", "RUNTIME_ROLE", "STEWARD_ROLE")
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
    # As the web process has it: the pool that a request takes its connection from.
    "DATABASE_POOL_SIZE": "8",
    "SECRET_KEY": "for-the-benchmarks-alone-and-therefore-no-secret-at-all",
    "CERTIFICATE_SIGNING_KEY": "5e" * 32,
    "DEBUG": "0",
}


def progress(line: str) -> None:
    """For whoever waits: JSON stands alone on stdout."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def prepared() -> Iterator[None]:
    """Django is set up on an empty portal inside, with static files collected; nothing is left."""
    base = Path(os.environ.get("STATE_DIR") or ".state/bench").absolute()
    with _given(base) if os.environ.get("DATABASE_OWNER_URL") else _made(base):
        os.environ.update(SETTINGS)
        _set_up()
        try:
            yield
        finally:
            _disconnect()


@contextmanager
def _made(base: Path) -> Iterator[None]:
    progress("Starting a server …")
    server = Throwaway(base, durable=True)
    try:
        os.environ.update(server.environment())
        yield
    finally:
        server.close()


@contextmanager
def _given(base: Path) -> Iterator[None]:
    if missing := [name for name in (*URLS, *ROLES) if not os.environ.get(name)]:
        raise Problem(f"DATABASE_OWNER_URL is set; the benchmarks then need {', '.join(missing)}")
    name = f"portal_bench_{os.getpid()}"
    database = sql.Identifier(name)
    os.environ["STATE_DIR"] = str(base)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        try:
            for variable in URLS:
                parts = conninfo_to_dict(os.environ[variable])
                os.environ[variable] = make_url({**parts, "dbname": name})
            yield
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


def _set_up() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    progress("Migrating …")
    call_command("upgrade", "--format", "json", stdout=sys.stderr)


def _disconnect() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
