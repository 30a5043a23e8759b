"""What the three logins may do on the embedded server before a table is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from runtime_portal.launch.embedded import Server
from runtime_portal.launch.roles import Database, make_roles
from runtime_portal.launch.state import Credentials
from runtime_portal.launch.urls import make_url

MakeServer = Callable[..., Server]
FACTS = """SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
             FROM pg_roles WHERE rolname = current_user"""


@pytest.fixture
def made(make_server: MakeServer, open_folder: Path) -> tuple[Server, Database, Credentials]:
    credentials = Credentials(open_folder / "credentials.json")
    server = make_server(credentials=credentials)
    return server, make_roles(server, credentials), credentials


def test_no_login_has_a_power_over_the_server(
    made: tuple[Server, Database, Credentials],
) -> None:
    for url in made[1].urls().values():
        with psycopg.connect(url) as connection:
            assert connection.execute(FACTS).fetchone() == (False,)


def test_runtime_and_steward_make_nothing_and_search_public_alone(
    made: tuple[Server, Database, Credentials],
) -> None:
    for url in (made[1].runtime_url, made[1].steward_url):
        with psycopg.connect(url, autocommit=True) as connection:
            assert connection.execute("SHOW search_path").fetchone() == ("public",)
            for refused in ("TABLE t ()", "TEMP TABLE t ()", "SCHEMA s", "ROLE r"):
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(f"CREATE {refused}".encode())


def test_the_owner_makes_schemas_and_trusted_extensions(
    made: tuple[Server, Database, Credentials],
) -> None:
    with psycopg.connect(made[1].owner_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA silo_acme")
        connection.execute("CREATE TABLE public.t ()")
        connection.execute("CREATE EXTENSION btree_gin")


def test_no_login_enters_another_database(made: tuple[Server, Database, Credentials]) -> None:
    for url in made[1].urls().values():
        parts = psycopg.conninfo.conninfo_to_dict(url)
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(make_url({**parts, "dbname": "postgres"}))


def test_making_them_again_changes_nothing_and_mends_what_was_changed(
    made: tuple[Server, Database, Credentials],
) -> None:
    server, before, credentials = made
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("ALTER ROLE portal_runtime BYPASSRLS PASSWORD 'changed'")
    assert make_roles(server, credentials) == before
    with psycopg.connect(before.runtime_url) as connection:
        assert connection.execute(FACTS).fetchone() == (False,)
