"""Statements on the login in use, in whatever transaction its door has opened."""

from collections.abc import Sequence
from typing import Any

from django.db import connections

from apps.core import door


def rows(statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """What comes back; empty for a statement that returns nothing."""
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return list(cursor.fetchall()) if cursor.description else []


def table(schema: str, name: str) -> str:
    """Quoted and qualified: for work in more partitions than the one entered."""
    quote = connections[door.current_alias()].ops.quote_name
    return f"{quote(schema)}.{quote(name)}"
