"""A list of the console: rows, filters, counts and columns, the same way for every kind of things.

The page itself counts nothing. When it stands it asks for its counts (HX-Target `total`): how many
match, and beside each choice of a filter how many it would leave. That is one statement a
partition, and none of its parts reads more than 10,001 rows, whatever the size of the fleet.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Q, QuerySet
from django.http import HttpResponse

from apps.core.htmx import (
    PAGE_SIZE,
    Filter,
    Input,
    Page,
    filtered,
    filters,
    fragment,
    keyset_page,
    page,
)

TOTAL = "total"  # the DOM id of the count, in components/_chips.html
EXACT = 10_000  # how far is counted; beyond it stands "10,000+"
Rows = Callable[[Q], Sequence[QuerySet[Any]]]
# A filter, one of its choices or "", rows, and the field that divides them where none is named.
_Part = tuple[str, str, QuerySet[Any], str]


def list_page(
    request: Any,
    template: str,
    given: Sequence[Filter | Input],
    rows: Rows,
    *,
    order: Sequence[str],
    places: Iterable[Any] = ("",),
    columns: Sequence[str] = (),
    size: int = PAGE_SIZE,
    more: Callable[[Page], Mapping[str, Any]] = lambda found: {},
) -> HttpResponse:
    """The page, its results alone, or its counts alone, as HX-Target says.

    `rows` makes of a condition the disjoint lists of one place, and is asked once in each of
    `places` (each_partition). `columns` are those that a person may hide, by the words of their
    heads; `more` is what the template needs besides, made of the page found.
    """
    if request.headers.get("HX-Target") == TOTAL:
        return fragment(request, "components/_total.html", _counted(request, given, rows, places))
    condition = filtered(request, *given)
    found = keyset_page(
        request, (part for _ in places for part in rows(condition)), order=order, size=size
    )
    context = {
        "page": found,
        "counts": True,
        "partials": ("results",),
        **shown_columns(request, columns),
        **filters(request, *given),
        **more(found),
    }
    return page(request, template, context)


def list_name(request: Any) -> str:
    """What a list is called where somebody's choices about it are kept: the name of its URL."""
    return str(request.resolver_match.view_name)


def shown_columns(request: Any, columns: Sequence[str]) -> dict[str, Any]:
    """`columns`: the heads to show; `choices`: all of them, with whether they are shown."""
    hidden = getattr(request.user, "hidden_columns", {}).get(list_name(request), ())
    shown = [name for name in columns if name not in hidden]
    choices = [{"name": name, "is_shown": name in shown} for name in columns]
    return {"columns": shown, "choices": choices, "list_name": list_name(request)}


def _counted(
    request: Any, given: Sequence[Filter | Input], rows: Rows, places: Iterable[Any]
) -> dict[str, Any]:
    counts: Counter[tuple[str, str]] = Counter()
    for _ in places:
        counts.update(_count(list(_parts(request, given, rows))))
    state = filters(request, *given)
    selects = {select["name"]: select for select in state["filters"]}
    for one in (one for one in given if isinstance(one, Filter)):
        of_it = {choice: n for (name, choice), n in counts.items() if name == one.name}
        # A list that was cut off says nothing of how all its rows are divided.
        if one.condition or (one.field and sum(of_it.values()) <= EXACT):
            for option in selects[one.name]["options"]:
                option["count"] = shown_count(of_it.get(option["value"], 0))
                if not option["value"]:
                    option["count"] = ""
    return {**state, "total": shown_count(counts[TOTAL, ""]), "oob": True}


def shown_count(number: int) -> str:
    return f"{number:,}" if number <= EXACT else f"{EXACT:,}+"


def _parts(request: Any, given: Sequence[Filter | Input], rows: Rows) -> Iterable[_Part]:
    """The rows of the list; then for each filter those that all others leave, by its choices."""
    yield from ((TOTAL, "", part, "") for part in rows(filtered(request, *given)))
    for one in (one for one in given if isinstance(one, Filter)):
        others = filtered(request, *[other for other in given if other is not one])
        if one.condition:
            for value in filter(None, dict(one.options)):
                with_it = others & one.condition(value)
                yield from ((one.name, value, part, "") for part in rows(with_it))
        elif one.field:
            yield from ((one.name, "", part, one.field) for part in rows(others))


def _count(parts: Sequence[_Part]) -> Counter[tuple[str, str]]:
    """{(filter, choice): rows}, in one statement."""
    statements: list[str] = []
    values: list[Any] = []
    for name, choice, part, field in parts:
        cut = part.order_by().values_list(field or "pk")[: EXACT + 1]
        try:
            sql, parameters = cut.query.get_compiler(cut.db).as_sql()
        except EmptyResultSet:
            continue
        by = "c.v::text" if field else "%s"
        grouped = " GROUP BY c.v" if field else ""
        statements.append(f"SELECT %s, {by}, count(*) FROM ({sql}) c(v){grouped}")  # noqa: S608
        values += [name, *([] if field else [choice]), *parameters]
    found: Counter[tuple[str, str]] = Counter()
    if statements:
        with connections[parts[0][2].db].cursor() as cursor:
            cursor.execute(" UNION ALL ".join(statements), values)
            for name, choice, number in cursor.fetchall():
                found[name, choice] += number
    return found
