"""The environment: what is malformed is named in one line, and passwords are never repeated."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from runtime_portal.launch.problem import Problem
from runtime_portal.launch.settings import read_settings
from runtime_portal.launch.urls import make_url, with_login

BROKEN = [
    ("PORT", "80a", "number from 1 to 65535"),
    ("PORT", "0", "number from 1 to 65535"),
    ("PORT", "65536", "number from 1 to 65535"),
    ("DEBUG", "maybe", "neither"),
    ("ALLOWED_HOSTS", "http://portal.test/", "not a host name"),
    ("ALLOWED_HOSTS", " , ", "names no host"),
    ("STATE_DIR", "a\nb", "control character"),
    ("CERTIFICATE_SIGNING_KEY", "hush" * 16, "not 64 hexadecimal characters"),
    ("DATABASE_OWNER_URL", "mysql://u:hush@h/d", "not a PostgreSQL URL"),
    ("DATABASE_OWNER_URL", "host=h password=hush", "not a PostgreSQL URL"),
    ("DATABASE_OWNER_URL", "postgresql://u:hu%sh@h/d", "malformed"),
    ("DATABASE_OWNER_URL", "postgresql://u:hu@sh@h/d", "@ where none may be"),
    ("DATABASE_OWNER_URL", "postgresql://u:hu/sh@h/d", "port is not a number"),
    ("DATABASE_OWNER_URL", "postgresql://u:hush@h:99999/d", "port is not a number"),
    ("DATABASE_OWNER_URL", "postgresql://u:hush@h?nonsense=1", "malformed"),
    ("DATABASE_OWNER_URL", "postgresql://h/d", "names no user"),
    ("DATABASE_OWNER_URL", "postgresql://u:hush@/d", "names no host"),
    ("DATABASE_OWNER_URL", "postgresql://u:hush@h", "names no database"),
    ("DATABASE_URL", "postgresql://u:hush@h", "names no database"),
    ("DATABASE_STEWARD_URL", "postgresql://u:hush@h", "names no database"),
]


@pytest.mark.parametrize(("name", "value", "reason"), BROKEN)
def test_what_is_malformed_is_named(name: str, value: str, reason: str) -> None:
    with pytest.raises(Problem) as caught:
        read_settings({name: value})
    said = str(caught.value)
    assert said.startswith(f"{name}: ")
    assert reason in said
    assert caught.value.code == 2
    assert "\n" not in said
    assert "hush" not in said
    assert "hu%" not in said


def test_a_web_login_without_the_owner_names_the_owner() -> None:
    with pytest.raises(Problem, match=r"^DATABASE_OWNER_URL: missing"):
        read_settings({"DATABASE_URL": "postgresql://u:p@h/d"})


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    names = ("PORT", "DEBUG", "ALLOWED_HOSTS", "STATE_DIR", "DATABASE_OWNER_URL", "SECRET_KEY")
    settings = read_settings(dict.fromkeys(names, ""))
    assert settings == read_settings({})
    assert settings.port == 8000
    assert settings.debug is False
    assert settings.state.name == ".state"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%40%2F@host:5433/d?sslmode=require",
        "postgres://u:p@[::1]:5432/d",
        "postgresql://u:p@/d?host=/a%20folder/socket&port=5432",
        "postgresql://u:p@%2Fvar%2Frun/d",
        "postgresql://u:p@one:1,two:2/d",
        "postgresql://u@host/d%20b",
    ],
)
def test_a_url_made_of_parts_means_the_same(url: str) -> None:
    assert read_settings({"DATABASE_OWNER_URL": url}).owner_url == url
    assert conninfo_to_dict(make_url(conninfo_to_dict(url))) == conninfo_to_dict(url)


def test_another_login_gets_nothing_of_the_owners_own() -> None:
    url = "postgresql://boss:p@h/d?sslmode=require&sslkey=/k&sslcert=/c&options=-crole%3Dx"
    assert conninfo_to_dict(with_login(url, "web", "q")) == {
        "user": "web",
        "password": "q",
        "host": "h",
        "dbname": "d",
        "sslmode": "require",
    }
