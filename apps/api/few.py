"""Rows that a function of the database gives whole, in the little of a queryset that lists ask for.

For what is few by its nature: all rows of the tenant are read for a page of them.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Q

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt,
    "lte": operator.le, "contains": operator.contains,
}  # fmt: skip


class Few:
    """`filter` knows the comparisons of `_COMPARE`, and texts of a cursor for what is no text."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = list(rows)

    def filter(self, *conditions: Q, **named: Any) -> "Few":
        wanted = Q(*conditions, **named)
        return Few(row for row in self._rows if _holds(wanted, row))

    def order_by(self, name: str) -> "Few":
        """By one column, which is unique."""
        column = operator.attrgetter(name.lstrip("-"))
        return Few(sorted(self._rows, key=column, reverse=name.startswith("-")))

    def first(self) -> Any:
        return next(iter(self._rows), None)

    def __getitem__(self, key: slice) -> list[Any]:
        return self._rows[key]


def _holds(condition: Q, row: Any) -> bool:
    found = (_compare(one, row) for one in condition.children)
    every = all(found) if condition.connector == Q.AND else any(found)
    return every is not condition.negated


def _compare(one: Any, row: Any) -> bool:
    if isinstance(one, Q):
        return _holds(one, row)
    (path, value), name = one, one[0]
    name, _, lookup = path.partition("__")
    there = getattr(row, name)
    if isinstance(value, str) and not isinstance(there, str | list):
        value = type(there)(value)  # a part of a cursor; ValueError says that it is none
    return _COMPARE[lookup or "exact"](there, value)
