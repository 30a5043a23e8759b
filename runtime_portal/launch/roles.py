"""The three logins, and what each may do to the database before any table is there."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from runtime_portal.launch.embedded import SERVER, Server
from runtime_portal.launch.state import Credentials

DATABASE = "portal"
OWNER, RUNTIME, STEWARD = "portal_owner", "portal_runtime", "portal_steward"


@dataclass(frozen=True)
class Database:
    """How each login reaches the database, and what the roles are called there."""

    owner_url: str
    runtime_url: str
    steward_url: str
    owner_role: str
    runtime_role: str
    steward_role: str

    def names(self) -> dict[str, str]:
        """The roles' names, which are no secret: grants and checks need them."""
        return {
            "OWNER_ROLE": self.owner_role,
            "RUNTIME_ROLE": self.runtime_role,
            "STEWARD_ROLE": self.steward_role,
        }

    def urls(self) -> dict[str, str]:
        """All three, for the worker and the upgrade; the web gets only the first."""
        return {
            "DATABASE_URL": self.runtime_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "DATABASE_STEWARD_URL": self.steward_url,
        }


def make_roles(server: Server, credentials: Credentials, *, createdb: bool = False) -> Database:
    """Make or mend the logins and the database of the embedded server; repeating changes nothing.

    `createdb` is for tests, whose owner makes databases of its own.
    """
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for role in (OWNER, RUNTIME, STEWARD):
            _login(connection, role, credentials.password(SERVER, role))
        allow = sql.SQL("CREATEDB" if createdb else "NOCREATEDB")
        connection.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(OWNER), allow))
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )
        for database in ("postgres", "template1"):
            close(connection, database)
        if createdb:
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(sql.Identifier(OWNER))
            )
        admit(connection, DATABASE, RUNTIME, STEWARD)
        close(connection, DATABASE)
        for role in (RUNTIME, STEWARD):
            look_in_public(connection, DATABASE, role)
    return Database(
        owner_url=server.url(OWNER, DATABASE),
        runtime_url=server.url(RUNTIME, DATABASE),
        steward_url=server.url(STEWARD, DATABASE),
        owner_role=OWNER,
        runtime_role=RUNTIME,
        steward_role=STEWARD,
    )


def _login(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> None:
    name = sql.Identifier(role)
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    connection.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
        ).format(name)
    )
    set_password(connection, role, password)


def set_password(
    connection: psycopg.Connection[tuple[object, ...]], role: str, password: str
) -> None:
    """Only the SCRAM verifier travels: no log of that server can hold the password."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(role), sql.Literal(verifier.decode())
        )
    )


def admit(connection: psycopg.Connection[tuple[object, ...]], database: str, *roles: str) -> None:
    """Let the roles connect, and no more than that."""
    for role in roles:
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                sql.Identifier(database), sql.Identifier(role)
            )
        )


def close(connection: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    """Nobody connects, or makes temporary tables, for no better reason than to exist."""
    connection.execute(
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
    )


def look_in_public(
    connection: psycopg.Connection[tuple[object, ...]], database: str, role: str
) -> None:
    """A schema named like the role is never searched."""
    connection.execute(
        sql.SQL("ALTER ROLE {} IN DATABASE {} SET search_path = public").format(
            sql.Identifier(role), sql.Identifier(database)
        )
    )
