"""Raw connections of each login to the database of this test run: psql, in other words."""

import os
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]
Rows = list[tuple[Any, ...]]


def parameters(alias: str = "default") -> dict[str, Any]:
    """How libpq reaches the test database as that login."""
    given = connections[alias].settings_dict
    return {
        "dbname": given["NAME"], "user": given["USER"], "password": given["PASSWORD"],
        "host": given["HOST"], "port": given["PORT"],
    }  # fmt: skip


def connect(alias: str = "default", **more: Any) -> Connection:
    return psycopg.connect(**{**parameters(alias), **more})


def superuser() -> Connection:
    """For what none of the logins may do; skips on a server that was given without it."""
    url = os.environ.get("PORTAL_TEST_SUPERUSER_URL")
    if not url:
        pytest.skip("this server was given without a superuser")
    return psycopg.connect(url, dbname=parameters()["dbname"])


def role(name: str) -> str:
    """The role's name, quoted for SQL."""
    return f'"{settings.DATABASE_ROLES[name]}"'


def stand(connection: Connection, tenant: str, path: str = "") -> None:
    """Names a tenant without the door, and turns the search path, until the transaction ends."""
    connection.execute(
        sql.SQL("SET LOCAL app.tenant_id = {}").format(sql.Literal(tenant)),
    )
    if path:
        turn(connection, path)


def turn(connection: Connection, path: str) -> None:
    connection.execute(
        sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(path)),
    )


def refused(connection: Connection, statement: str, values: Any = None) -> psycopg.Error:
    """The error of a statement that must fail; the transaction goes on as if it had not been."""
    with pytest.raises(psycopg.Error) as caught, connection.transaction():
        connection.execute(statement.encode(), values)
    return caught.value


def rows(connection: Connection, statement: str, values: Any = None) -> Rows:
    return connection.execute(statement.encode(), values).fetchall()


def outcome(connection: Connection, statement: str, values: Any = None) -> tuple[str, Rows, int]:
    """(SQLSTATE or '', rows that came back, rows touched); nothing of it stays."""
    state, found, touched = "", [], 0
    try:
        with connection.transaction(force_rollback=True):
            cursor = connection.execute(statement.encode(), values)
            found = cursor.fetchall() if cursor.description else []
            touched = max(cursor.rowcount, 0)
    except psycopg.Error as error:
        state = error.sqlstate or "?"
    return state, found, touched
