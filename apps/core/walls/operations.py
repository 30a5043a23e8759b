"""Migration operations: walls go up in the migration that makes the table.

They run as plain statements (Citus: DDL at the top level only) and only in the schemas where
their app's tables are, as the router says.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation

from apps.core.walls import policies
from apps.core.walls.grants import grant_statements
from apps.core.walls.guards import Guard


class _Statements(Operation):
    """Runs statements made for the schema that is being migrated."""

    reduces_to_sql = True
    reversible = False

    def statements(self, schema: str) -> list[str]:
        raise NotImplementedError

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        connection = schema_editor.connection
        if router.allow_migrate(connection.alias, app_label):
            for statement in self.statements(connection.schema_name):
                schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return type(self).__name__


def wall_statements(
    schema: str, table: str, form: policies.Form = "plain", later: Sequence[str] = ()
) -> list[str]:
    """Row security enabled and forced, every policy, every grant of one table."""
    target = f'"{schema}"."{table}"'
    found = policies.table_policies(schema, table, form) or []
    return [
        f"ALTER TABLE {target} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {target} FORCE ROW LEVEL SECURITY",
        *[policy.sql(target) for policy in found],
        *grant_statements(schema, table, policies.roles(), later),
    ]


class Walls(_Statements):
    """Row security, policies and grants of one table, as walls.policies and walls.grants say.

    `later`: columns that a later migration adds, and grants (see Grants).
    """

    def __init__(self, table: str, later: Sequence[str] = ()) -> None:
        self.table = table
        self.later = later

    def statements(self, schema: str) -> list[str]:
        return wall_statements(schema, self.table, policies.current_form(), self.later)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {"later": self.later} if self.later else {}


class Rewalls(Walls):
    """The walls of a table that stands, put up anew after what they ask has changed."""

    def statements(self, schema: str) -> list[str]:
        form = policies.current_form()
        found = policies.table_policies(schema, self.table, form) or []
        target = f'"{schema}"."{self.table}"'
        gone = [f"DROP POLICY IF EXISTS {policy.name} ON {target}" for policy in found]
        return [*gone, *wall_statements(schema, self.table, form, self.later)]


class Grants(_Statements):
    """Grants alone: for a table without walls (grants.UNWALLED says why), or with a new column.

    `later`: as of Walls.
    """

    def __init__(self, *tables: str, later: Sequence[str] = ()) -> None:
        self.tables = tables
        self.later = later

    def statements(self, schema: str) -> list[str]:
        names = policies.roles()
        return [
            s for table in self.tables for s in grant_statements(schema, table, names, self.later)
        ]

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, list(self.tables), {"later": self.later} if self.later else {}


class RetentionDecides(_Statements):
    """The steward's policy and grants on tables that were walled before the decision was there.

    `later`: as of Walls.
    """

    def __init__(self, *tables: str, later: Sequence[str] = ()) -> None:
        self.tables = tables
        self.later = later

    def statements(self, schema: str) -> list[str]:
        form = policies.current_form()
        return [
            statement
            for table in self.tables
            for statement in (
                f'DROP POLICY IF EXISTS steward_delete ON "{schema}"."{table}"',
                policies.retention_policy(schema, table, form).sql(f'"{schema}"."{table}"'),
                *grant_statements(schema, table, policies.roles(), self.later),
            )
        ]

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, list(self.tables), {"later": self.later} if self.later else {}


class Guarded(_Statements):
    """The BEFORE trigger of one table."""

    def __init__(self, table: str, guard: Guard) -> None:
        self.table = table
        self.guard = guard

    def statements(self, schema: str) -> list[str]:
        return self.guard.sql(schema, self.table)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.guard], {}


class CompositeKey(_Statements):
    """A foreign key over tenant, environment and id, immediate, without a cascade.

    Constraints are checked without row security: a key of the id alone would tell a tenant that
    another's row exists.
    """

    def __init__(self, table: str, column: str, target: str) -> None:
        self.table, self.column, self.target = table, column, target

    def statements(self, schema: str) -> list[str]:
        return [
            f'ALTER TABLE "{schema}"."{self.table}" ADD CONSTRAINT "{self.table}_{self.column}_fk" '
            f"FOREIGN KEY (tenant_id, environment_id, {self.column}) "
            f'REFERENCES "{schema}"."{self.target}" (tenant_id, environment_id, id)'
        ]

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.column, self.target], {}


class Sql(_Statements):
    """Single statements made by a function of the schema's name."""

    def __init__(self, make: Callable[[str], list[str]]) -> None:
        self.make = make

    def statements(self, schema: str) -> list[str]:
        return self.make(schema)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [self.make], {}
