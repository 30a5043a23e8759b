"""Rows of several tables made in one statement, for keys that lead both ways."""

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models.sql import InsertQuery

from apps.core import door

ROWS = 500


def insert_together(*columns: Sequence[Any]) -> None:
    """Inserts the objects of one place in each sequence (a service, its policy) by one statement.

    Keys are checked at its end, so each row may refer to the other. In batches of ROWS.
    """
    tenant, connection = door.tenant(), connections[door.current_alias()]
    for start in range(0, len(columns[0]), ROWS):
        parts, parameters = [], []
        for objects in columns:
            batch = objects[start : start + ROWS]
            if any(one.tenant_id != tenant for one in batch):
                raise ValueError("a row of another tenant")
            sql, values = _insert(batch, connection)
            parts.append(sql)
            parameters += values
        *first, last = parts
        names = ", ".join(f"part{n} AS ({sql})" for n, sql in enumerate(first))
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {names} {last}" if names else last, parameters)
    for one in (one for objects in columns for one in objects):
        one._state.adding, one._state.db = False, connection.alias


def _insert(objects: Sequence[Any], connection: Any) -> tuple[str, list[Any]]:
    meta = type(objects[0])._meta
    query = InsertQuery(type(objects[0]))
    query.insert_values([f for f in meta.concrete_fields if not f.generated], list(objects))
    [(sql, values)] = query.get_compiler(connection=connection).as_sql()
    return sql, list(values)
