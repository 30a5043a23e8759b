"""Database URLs: checked without ever being repeated, for they hold passwords."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from runtime_portal.launch.problem import Problem, one_line

SHAPE = "expected postgresql://user:password@host:5432/database"
# Of the owner's parameters these speak for the owner alone.
PERSONAL = {"passfile", "sslcert", "sslkey", "sslpassword", "requirepeer", "service", "options"}


def check_url(name: str, value: str) -> str:
    """The URL as it was given. Raises Problem (code 2) where libpq could not use it."""

    def malformed(what: str) -> Problem:
        return Problem(f"{name}: {what}; {SHAPE}", code=2)

    if not value.startswith(("postgresql://", "postgres://")):
        raise malformed("is not a PostgreSQL URL")
    try:
        parts = conninfo_to_dict(value)
    except psycopg.ProgrammingError:
        raise malformed("is malformed (special characters must be percent-encoded)") from None
    ports = str(parts.get("port", "")).split(",")
    if not all(port == "" or (port.isdigit() and 0 < int(port) < 65536) for port in ports):
        raise malformed("its port is not a number from 1 to 65535")
    if "@" in str(parts.get("host", "")) or "@" in str(parts.get("dbname", "")):
        raise malformed("has an @ where none may be (in a password it is written %40)")
    for part, word in (("user", "user"), ("host", "host"), ("dbname", "database")):
        if not parts.get(part):
            raise malformed(f"names no {word}")
    return value


def make_url(parts: Mapping[str, object]) -> str:
    """A URL of libpq's parts. A socket's folder goes into `?host=`, as Django understands it."""
    values = {key: str(value) for key, value in parts.items() if value not in (None, "")}
    login = quote(values.pop("user"), safe="")
    if password := values.pop("password", ""):
        login += ":" + quote(password, safe="")
    host, port = values.pop("host", ""), values.pop("port", "")
    if "," in host or host.startswith(("/", "@")):
        values = {"host": host, **({"port": port} if port else {}), **values}
        place = ""
    else:
        place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    database = quote(values.pop("dbname"), safe="")
    query = f"?{urlencode(values, quote_via=quote, safe='/,')}" if values else ""
    return f"postgresql://{login}@{place}/{database}{query}"


def with_login(url: str, user: str, password: str) -> str:
    """The same database for another login, without what was the first one's alone."""
    parts = {k: v for k, v in conninfo_to_dict(url).items() if k not in PERSONAL}
    return make_url({**parts, "user": user, "password": password})


def user_of(url: str) -> str:
    """The login that the URL names."""
    return str(conninfo_to_dict(url)["user"])


def server_of(url: str) -> str:
    """Where the URL leads, without login: a name for the place in messages and files."""
    parts = conninfo_to_dict(url)
    return f"{parts['host']}:{parts.get('port') or 5432}/{parts['dbname']}"


def connect(name: str, url: str) -> psycopg.Connection[tuple[object, ...]]:
    """An autocommit connection. Raises Problem that says which variable led nowhere, and why."""
    timeout = conninfo_to_dict(url).get("connect_timeout") or 5
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=int(timeout))
    except (psycopg.Error, ValueError) as error:
        reason = one_line(error)
        if password := str(conninfo_to_dict(url).get("password") or ""):
            reason = reason.replace(password, "***")
        raise Problem(f"{name}: cannot connect: {reason}") from None


def forget_libpq() -> None:
    """Drop libpq's own variables from this process before it speaks to a server we started.

    They are about some other server, and PGHOSTADDR overrides even a URL.
    """
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
