"""A server given by DATABASE_OWNER_URL; here a second embedded one plays it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from runtime_portal.launch.embedded import Server
from runtime_portal.launch.given import role_name, use_given_server
from runtime_portal.launch.problem import Problem
from runtime_portal.launch.roles import Database
from runtime_portal.launch.settings import read_settings
from runtime_portal.launch.state import Credentials
from runtime_portal.launch.throwaway import Throwaway
from runtime_portal.launch.urls import make_url, with_login
from tests.launch.conftest import Launcher

MakeServer = Callable[..., Server]


@dataclass
class Given:
    """Somebody's server with a database `fleet` that the login `boss` owns, who may make roles."""

    admin_url: str
    owner_url: str
    folder: Path

    def use(self, file: str = "credentials.json", **variables: str) -> Database:
        settings = read_settings({"DATABASE_OWNER_URL": self.owner_url, **variables})
        return use_given_server(settings, Credentials(self.folder / file))

    def admin(self, statement: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Throwaway]:
    folder = tmp_path_factory.mktemp("given")
    made = Throwaway(folder)
    yield made
    made.close()


@pytest.fixture
def given(server: Throwaway, tmp_path: Path) -> Iterator[Given]:
    admin = server.server.url()
    parts = psycopg.conninfo.conninfo_to_dict(with_login(admin, "boss", "b@ss/wo:rd"))
    made = Given(admin, make_url({**parts, "dbname": "fleet"}), tmp_path)
    made.admin("CREATE ROLE boss LOGIN CREATEROLE PASSWORD 'b@ss/wo:rd'")
    made.admin("CREATE DATABASE fleet OWNER boss")
    yield made
    made.admin("DROP DATABASE fleet WITH (FORCE)")
    with psycopg.connect(admin, autocommit=True) as connection:
        query = "SELECT rolname FROM pg_roles WHERE rolname ~ '^(fleet|other|boss)'"
        for (name,) in connection.execute(query).fetchall():
            connection.execute(f'DROP ROLE "{name}"'.encode())


def who(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_user || ' ' || current_database()").fetchone()
        assert row is not None
        return str(row[0])


def test_an_owner_who_may_make_roles_gets_the_other_two(given: Given) -> None:
    made = given.use()
    assert made.owner_url == given.owner_url
    assert (made.owner_role, made.runtime_role) == ("boss", "fleet_runtime")
    assert who(made.runtime_url) == "fleet_runtime fleet"
    assert who(made.steward_url) == "fleet_steward fleet"
    with psycopg.connect(made.runtime_url) as connection:
        assert connection.execute("SHOW search_path").fetchone() == ("public",)
        query = "SELECT has_database_privilege('fleet', 'TEMP')"
        assert connection.execute(query).fetchone() == (False,)


def test_a_superuser_may_be_the_owner(given: Given) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(given.admin_url)
    given.owner_url = make_url({**parts, "dbname": "fleet"})
    made = given.use()
    assert made.owner_role == "postgres"
    assert who(made.steward_url) == "fleet_steward fleet"


def test_twice_is_as_once(given: Given) -> None:
    assert given.use() == given.use()


def test_a_login_whose_password_we_do_not_hold_gets_a_new_one(given: Given) -> None:
    first = given.use()
    second = given.use("elsewhere.json")
    assert second.runtime_url != first.runtime_url
    assert who(second.runtime_url) == "fleet_runtime fleet"


def test_logins_that_were_given_are_used_as_they_are(given: Given) -> None:
    given.admin("CREATE ROLE other_web LOGIN PASSWORD 'w'")
    given.admin("CREATE ROLE other_clerk LOGIN PASSWORD 'c'")
    web = with_login(given.owner_url, "other_web", "w")
    clerk = with_login(given.owner_url, "other_clerk", "c")
    made = given.use(DATABASE_URL=web, DATABASE_STEWARD_URL=clerk)
    assert (made.runtime_url, made.steward_url) == (web, clerk)
    assert (made.runtime_role, made.steward_role) == ("other_web", "other_clerk")
    assert not (given.folder / "credentials.json").exists()


def test_one_given_login_still_connects_when_the_other_is_made(given: Given) -> None:
    given.admin("CREATE ROLE other_web LOGIN PASSWORD 'w'")
    web = with_login(given.owner_url, "other_web", "w")
    made = given.use(DATABASE_URL=web)
    assert who(made.runtime_url) == "other_web fleet"
    assert who(made.steward_url) == "fleet_steward fleet"


def problem(given: Given, **variables: str) -> str:
    with pytest.raises(Problem) as caught:
        given.use(**variables)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_missing_there_is_said_in_one_line(given: Given) -> None:
    assert "boss" in problem(given, DATABASE_OWNER_URL=with_login(given.owner_url, "boss", "no"))
    nowhere = "postgresql://u:hush@127.0.0.1:1/db"
    said = problem(given, DATABASE_OWNER_URL=nowhere)
    assert said.startswith("DATABASE_OWNER_URL: cannot connect: ")
    assert "hush" not in said
    parts = psycopg.conninfo.conninfo_to_dict(given.owner_url)
    absent = problem(given, DATABASE_OWNER_URL=make_url({**parts, "dbname": "absent"}))
    assert 'database "absent" does not exist' in absent
    web = with_login(given.owner_url, "other_web", "w")
    assert problem(given, DATABASE_URL=web).startswith("DATABASE_URL: cannot connect: ")


def test_an_owner_who_may_not_make_roles_is_told_what_to_do(given: Given) -> None:
    given.admin("ALTER ROLE boss NOCREATEROLE")
    assert "CREATEROLE" in problem(given)


def test_an_owner_who_may_not_make_schemas_is_told_what_to_do(given: Given) -> None:
    given.admin("ALTER DATABASE fleet OWNER TO postgres")
    assert "lacks CREATE ON DATABASE fleet" in problem(given)


def test_a_role_that_row_security_does_not_hold_is_refused(given: Given) -> None:
    given.admin("CREATE ROLE fleet_runtime LOGIN BYPASSRLS")
    assert "row security does not hold it" in problem(given)


def test_names_stay_within_the_servers_limit_and_apart() -> None:
    one, other = role_name("d" * 63, "runtime"), role_name("d" * 62, "runtime")
    assert len(one) == 63
    assert one != other
    assert len(role_name("ü" * 31, "steward").encode()) <= 63


def test_the_launcher_makes_the_roles_and_starts_no_server(
    given: Given, launcher: Launcher
) -> None:
    if launcher.account:
        pytest.skip("the given server's socket is another user's")
    launcher.start_ready(DATABASE_OWNER_URL=given.owner_url)
    web, worker = launcher.told("web")["env"], launcher.told("worker")["env"]
    assert "DATABASE_OWNER_URL" not in web
    assert worker["DATABASE_OWNER_URL"] == given.owner_url
    assert who(web["DATABASE_URL"]) == "fleet_runtime fleet"
    assert web["OWNER_ROLE"] == "boss"
    assert not (launcher.state / "postgres").exists()
