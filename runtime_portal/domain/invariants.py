"""Every invariant that the database holds: constraints, keys, triggers, policies, by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    CheckConstraint,
    F,
    ForeignKey,
    Func,
    Model,
    Q,
    UniqueConstraint,
    Value,
)
from django.db.models.lookups import Lookup

from apps.core.walls.grants import CONTROL_TABLES, ENVIRONMENT_TABLES, PARTITION_TABLES
from apps.core.walls.guards import Guard
from apps.core.walls.operations import CompositeKey, Sql
from apps.core.walls.policies import table_policies
from runtime_portal.domain.entities import guard_of, migrations, models


@dataclass(frozen=True)
class Invariant:
    """`name` is what `@pytest.mark.attacks` says. `implied`: another one holds it already."""

    name: str
    table: str
    says: str
    held_by: str
    implied: bool = False


def invariants() -> list[Invariant]:
    """All of them, by table and in the order in which they are declared."""
    found: list[Invariant] = []
    for model in models():
        found += [*_constraints(model), *_fields(model), *_guard(model), *_walls(model)]
    return found + list(_by_migrations())


def _constraints(model: type[Model]) -> Iterator[Invariant]:
    table = model._meta.db_table
    for constraint in model._meta.constraints:
        if isinstance(constraint, CheckConstraint):
            yield Invariant(constraint.name, table, say(constraint.condition), "check")
        elif isinstance(constraint, UniqueConstraint):
            keys = ", ".join(constraint.fields)
            where = f" where {say(constraint.condition)}" if constraint.condition else ""
            # The id alone is unique: this one is there for foreign keys to refer to.
            implied = "id" in constraint.fields
            yield Invariant(constraint.name, table, f"{keys} once{where}", "unique", implied)


def _fields(model: type[Model]) -> Iterator[Invariant]:
    table = model._meta.db_table
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and getattr(field, "db_constraint", True):
            target = field.related_model._meta.db_table
            yield Invariant(
                f"{table}.{field.column} exists", table, f"{field.column} is in {target}",
                "foreign key",
            )  # fmt: skip
        elif field.unique and not field.primary_key:
            yield Invariant(f"{table}.{field.column} once", table, f"{field.column} once", "unique")
        elif field.generated:
            yield Invariant(
                f"{table}.{field.column} derived", table, f"{field.column} is typed by nobody",
                "generated column",
            )  # fmt: skip


def _guard(model: type[Model]) -> Iterator[Invariant]:
    table = model._meta.db_table
    for kind, says in _held(guard_of(model)):
        yield Invariant(f"{table}: {kind}", table, says, "trigger")


def _held(guard: Guard) -> Iterator[tuple[str, str]]:
    if guard.frozen:
        yield "frozen", f"{', '.join(guard.frozen)} never change"
    if clocks := [*guard.created, *guard.recorded, *guard.companions]:
        yield "clocks", f"{', '.join(clocks)} are the database's own time"
    if guard.initial:
        yield "initial", f"a row begins as {' or '.join(guard.initial)}"
    if guard.edges:
        yield "edges", ", ".join(f"{a} → {b}" for a, b in guard.edges)
    for column, states in guard.frozen_unless.items():
        yield f"{column} while", f"{column} changes only while {' or '.join(states)}"
    if guard.once:
        yield "once", f"{', '.join(guard.once)} are written once"
    if guard.rising:
        yield "rising", f"{', '.join(guard.rising)} never falls"


def _walls(model: type[Model]) -> Iterator[Invariant]:
    table = model._meta.db_table
    if table in ENVIRONMENT_TABLES or table in PARTITION_TABLES:
        names = ", ".join(policy.name for policy in table_policies("shared", table) or ())
        yield Invariant(f"{table}: walls of a partition", table, names, "row security")
    if table in CONTROL_TABLES:
        names = ", ".join(policy.name for policy in table_policies("public", table) or ())
        yield Invariant(f"{table}: walls of the control plane", table, names, "row security")


def _by_migrations() -> Iterator[Invariant]:
    """Keys that models do not show: composite ones, and constraints written in SQL."""
    for operation in migrations():
        if isinstance(operation, CompositeKey):
            yield Invariant(
                f"{operation.table}_{operation.column}_fk", operation.table,
                f"{operation.column} is in {operation.target}, of the same tenant and environment",
                "composite foreign key",
            )  # fmt: skip
        elif isinstance(operation, Sql):
            found = {}
            for statement in (*operation.statements("public"), *operation.statements("shared")):
                if added := _ADDED.search(statement):  # of a table in both, once
                    found[added["name"]] = Invariant(
                        added["name"], added["of"], added["what"], "constraint"
                    )
            yield from found.values()


_ADDED = re.compile(
    r'ALTER TABLE "?\w+"?\."?(?P<of>\w+)"? ADD CONSTRAINT "?(?P<name>\w+)"? (?P<what>.*)', re.S
)
_LOOKUPS = {
    "exact": "=", "gte": "≥", "lte": "≤", "gt": ">", "lt": "<", "in": "in", "regex": "matches",
    "prefix": "begins with", "startswith": "begins with",
}  # fmt: skip


def say(condition: Any) -> str:
    """A condition as people read it."""
    if isinstance(condition, Lookup):
        sign = _LOOKUPS[condition.lookup_name or ""]
        return f"{_value(condition.lhs)} {sign} {_value(condition.rhs)}"
    if not isinstance(condition, Q):
        name, value = condition
        return _leaf(name, value)
    joined = f" {condition.connector.lower()} ".join(
        f"({say(child)})" if isinstance(child, Q) and not child.negated else say(child)
        for child in condition.children
    )
    return f"not ({joined})" if condition.negated else joined


def _leaf(name: str, value: Any) -> str:
    field, _, lookup = name.partition("__")
    if lookup == "isnull" or (value is None and not lookup):
        missing = value is True or value is None
        return f"{field} is {'absent' if missing else 'there'}"
    return f"{field} {_LOOKUPS.get(lookup or 'exact', lookup)} {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return f"({', '.join(_value(item) for item in value)})"
    if isinstance(value, F):
        return str(getattr(value, "name", ""))
    if isinstance(value, Value):
        return _value(value.value)
    if hasattr(value, "get_source_expressions"):
        parts = ", ".join(_value(part) for part in value.get_source_expressions())
        name = value.extra["function"] if type(value) is Func else type(value).__name__.lower()
        return f"{name}({parts})"
    return repr(str(value)) if isinstance(value, str) else str(value)
