"""A server somebody else keeps, reached by DATABASE_OWNER_URL: the other two logins are made there.

The owner is a superuser or has CREATEROLE. Logins that were given are used as they are.
"""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
from psycopg import sql

from runtime_portal.launch.problem import Problem, one_line
from runtime_portal.launch.roles import Database, admit, close, look_in_public, set_password
from runtime_portal.launch.settings import Settings
from runtime_portal.launch.state import Credentials
from runtime_portal.launch.urls import connect, server_of, user_of, with_login

OLDEST = 15
LONGEST_NAME = 63
OWNER, RUNTIME, STEWARD = "DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_STEWARD_URL"

FACTS = """
SELECT current_user::text, current_database()::text, rolsuper, rolsuper OR rolcreaterole,
       pg_has_role(datdba, 'USAGE'), has_database_privilege(d.oid, 'CREATE'),
       coalesce(has_schema_privilege(to_regnamespace('public'), 'CREATE'), true),
       pg_is_in_recovery()
  FROM pg_roles, pg_database d
 WHERE rolname = current_user AND datname = current_database()
"""


def use_given_server(settings: Settings, credentials: Credentials) -> Database:
    """Check the owner, make or mend the missing logins; repeating changes nothing.

    Raises Problem that names the variable and says what is missing on that server.
    """
    url = settings.owner_url or ""
    with connect(OWNER, url) as connection:
        try:
            return _Given(connection, url, settings, credentials).database()
        except psycopg.Error as error:
            raise Problem(f"{OWNER}: the server refuses: {one_line(error)}") from None


class _Given:
    def __init__(
        self,
        connection: psycopg.Connection[tuple[object, ...]],
        url: str,
        settings: Settings,
        credentials: Credentials,
    ) -> None:
        self.connection, self.url = connection, url
        self.settings, self.credentials = settings, credentials
        facts: Any = connection.execute(FACTS).fetchone()
        self.owner, self.name, superuser, self.may_make, owns, create, public, standby = facts
        self.may_close = superuser or owns
        version = connection.info.server_version // 10_000
        if version < OLDEST:
            raise Problem(f"{OWNER}: PostgreSQL {version} is too old, {OLDEST} or newer is needed")
        if standby:
            raise Problem(f"{OWNER}: that server is a read-only standby")
        for allowed, what in ((create, f"DATABASE {self.name}"), (public, "SCHEMA public")):
            if not allowed:
                raise Problem(f"{OWNER}: {self.owner} lacks CREATE ON {what}; grant it")

    def database(self) -> Database:
        # Two launchers at once make each role once.
        with self.connection.transaction():
            self.connection.execute("SELECT pg_advisory_xact_lock(hashtext('portal logins'))")
            runtime = self._role(RUNTIME, self.settings.runtime_url, "runtime")
            steward = self._role(STEWARD, self.settings.steward_url, "steward")
            if self.may_close and not (self.settings.runtime_url and self.settings.steward_url):
                admit(self.connection, self.name, *filter(self._there, (runtime, steward)))
                close(self.connection, self.name)
        return Database(
            owner_url=self.url,
            runtime_url=self.settings.runtime_url or self._checked(RUNTIME, runtime),
            steward_url=self.settings.steward_url or self._checked(STEWARD, steward),
            owner_role=self.owner,
            runtime_role=runtime,
            steward_role=steward,
        )

    def _role(self, variable: str, given: str | None, suffix: str) -> str:
        if given:
            connect(variable, given).close()
            return user_of(given)
        role = role_name(self.name, suffix)
        if not self._there(role):
            if not self.may_make:
                raise Problem(
                    f"{OWNER}: {self.owner} may not make the role {role}; give it CREATEROLE,"
                    f" or set {variable}"
                )
            self.connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            set_password(self.connection, role, self._password(role))
        self._refuse_mighty(variable, role)
        query = """SELECT 1 FROM pg_db_role_setting WHERE setrole = %s::regrole AND setdatabase =
                   (SELECT oid FROM pg_database WHERE datname = current_database())"""
        if self.connection.execute(query, [f'"{role}"']).fetchone() is None:
            look_in_public(self.connection, self.name, role)
        return role

    def _checked(self, variable: str, role: str) -> str:
        """The login's URL, tried; a password that is not (or no longer) its own is set anew."""
        url = with_login(self.url, role, self._password(role))
        try:
            connect(variable, url).close()
        except Problem:
            set_password(self.connection, role, self._password(role))
            connect(f"{variable} (made for {role})", url).close()
        return url

    def _refuse_mighty(self, variable: str, role: str) -> None:
        query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s"
        if self.connection.execute(query, [role]).fetchone() == (True,):
            raise Problem(
                f"{OWNER}: the role {role} is there and row security does not hold it;"
                f" rename it, or set {variable}"
            )

    def _there(self, role: str) -> bool:
        query = "SELECT 1 FROM pg_roles WHERE rolname = %s"
        return self.connection.execute(query, [role]).fetchone() is not None

    def _password(self, role: str) -> str:
        return self.credentials.password(server_of(self.url), role)


def role_name(database: str, suffix: str) -> str:
    """`<database>_<suffix>`, within PostgreSQL's 63 bytes."""
    name = f"{database}_{suffix}"
    if len(name.encode()) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(database.encode()).hexdigest()[:8]
    room = LONGEST_NAME - len(f"_{digest}_{suffix}")
    return f"{database.encode()[:room].decode(errors='ignore')}_{digest}_{suffix}"
