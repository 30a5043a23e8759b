"""Lists, fragments and forms: what the views of every app share, by calling, not by inheriting."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers

from apps.core.errors import Invalid, PortalError, Refused

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """Rows of a list and the URLs of what is around them ("" where there is nothing)."""

    rows: Sequence[Any]
    next_url: str = ""
    previous_url: str = ""

    @property
    def shown(self) -> str:
        """How many are shown; "50+" where more follow. Nothing is counted for it."""
        return f"{len(self.rows)}+" if self.next_url else str(len(self.rows))


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """The whole page for a browser; for htmx the partial that HX-Target names, if there is one.

    Chosen by HX-Target alone: HX-Request is also sent when the back button restores a page.
    """
    target = request.headers.get("HX-Target", "")
    restored = request.headers.get("HX-History-Restore-Request") == "true"
    name = (
        f"{template}#{target}"
        if target in context.get("partials", ()) and not restored
        else template
    )
    response = TemplateResponse(request, name, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def fragment(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """A piece of a page by its own template, for htmx alone."""
    response = TemplateResponse(request, template, dict(context))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def keyset_page(
    request: HttpRequest,
    querysets: Iterable[QuerySet[Any]] | Callable[[], Iterable[QuerySet[Any]]],
    *,
    order: Sequence[str],
    size: int = PAGE_SIZE,
) -> Page:
    """One page after (or before) the cursor in `?cursor=`, merged from every queryset.

    `order` names fields that are unique together, all in one direction ("-id" or "id"): each
    queryset is asked for one page after the same key, so a late page costs what the first does.
    Querysets are evaluated as they come: one partition after another.
    """
    descending = order[0].startswith("-")
    names = [name.lstrip("-") for name in order]
    key, backwards = _read_cursor(request.GET.get("cursor", ""), len(names))
    ahead = descending is backwards  # whether larger keys follow on the way that is taken
    rows: list[Any] = []
    asked = 0
    for queryset in querysets() if callable(querysets) else querysets:
        asked += 1
        if key is not None:
            try:
                queryset = queryset.filter(beyond(names, key, ahead))
            except (ValidationError, ValueError) as error:  # a part is no id
                raise _bad_cursor() from error
        prefix = "" if ahead else "-"
        rows += queryset.order_by(*[prefix + name for name in names])[: size + 1]
    if asked > 1:  # one alone is in the database's order, whose collation may not be Python's
        rows.sort(key=lambda row: [getattr(row, name) for name in names], reverse=not ahead)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next = more if not backwards else key is not None
    has_previous = more if backwards else key is not None
    return Page(
        rows,
        _url(request, rows[-1], names, "n") if rows and has_next else "",
        _url(request, rows[0], names, "p") if rows and has_previous else "",
    )


def beyond(names: Sequence[str], key: Sequence[str], ahead: bool) -> Q:
    """(a, b) > (x, y), written so that an index on (…, a, b) bounds it: a >= x and not (…)."""
    compare, first = ("gt", "gte") if ahead else ("lt", "lte")
    if len(names) == 1:
        return Q(**{f"{names[0]}__{compare}": key[0]})
    exact = Q(**{f"{names[0]}__{compare}": key[0]}) | Q(
        **{names[0]: key[0], f"{names[1]}__{compare}": key[1]}
    )
    return Q(**{f"{names[0]}__{first}": key[0]}) & exact


def _read_cursor(text: str, length: int) -> tuple[list[str] | None, bool]:
    if not text:
        return None, False
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        direction, key = found[0], found[1:]
        if direction not in ("n", "p") or len(key) != length:
            raise ValueError(text)
        if any(not isinstance(part, str) or "\x00" in part for part in key):
            raise ValueError(text)
        "".join(key).encode()  # half a surrogate pair is no text
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _bad_cursor() from error
    return key, direction == "p"


def _bad_cursor() -> Invalid:
    return Invalid.field("cursor", "is not one that a page of this list gave.")


def _url(request: HttpRequest, row: Any, names: Sequence[str], direction: str) -> str:
    key = [direction, *[str(getattr(row, name)) for name in names]]
    cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    parameters = request.GET.copy()
    parameters["cursor"] = cursor
    return f"{request.path}?{parameters.urlencode()}"


@dataclass(frozen=True)
class Filter:
    """A select beside a list. `field` is what it compares, exactly; unknown values are refused.

    `condition` makes of the value what a single field cannot say; `unless` holds while nothing is
    chosen.
    """

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    field: str = ""
    condition: Callable[[str], Q] | None = None
    unless: Q | None = None

    def chosen(self, request: HttpRequest) -> str:
        value = request.GET.get(self.name, "")
        if value and value not in {option for option, _ in self.options}:
            raise Invalid.field(self.name, f"'{value}' is not one of the choices.")
        return value


@dataclass(frozen=True)
class Input:
    """Something typed beside a list; `condition` says what it compares, or raises Invalid."""

    name: str
    label: str
    condition: Callable[[str], Q]
    type: str = "text"

    def chosen(self, request: HttpRequest) -> str:
        return request.GET.get(self.name, "").replace("\x00", "").strip()[:200]


def filters(request: HttpRequest, *given: Filter | Input) -> dict[str, Any]:
    """What the template of a list needs: selects, removable chips, the words searched for."""
    selects, chips, inputs = [], [], []
    words = words_of(request)
    for one in given:
        value = one.chosen(request)
        if isinstance(one, Input):
            inputs.append({"name": one.name, "label": one.label, "type": one.type, "value": value})
            if value:
                chips.append(
                    {"label": f"{one.label}: {value}", "remove_url": _without(request, one.name)}
                )
            continue
        selects.append(
            {
                "name": one.name,
                "label": one.label,
                "options": [
                    {"value": v, "label": label, "selected": v == value} for v, label in one.options
                ],
            }
        )
        if value:
            label = dict(one.options)[value]
            chips.append(
                {"label": f"{one.label}: {label}", "remove_url": _without(request, one.name)}
            )
    if words:
        chips.append({"label": f"begins with “{words}”", "remove_url": _without(request, "q")})
    return {
        "filters": selects, "inputs": inputs, "chips": chips, "query": words,
        "clear_url": request.path,
    }  # fmt: skip


def words_of(request: HttpRequest) -> str:
    """What is searched for."""
    return request.GET.get("q", "").replace("\x00", "").strip()


def filtered(request: HttpRequest, *given: Filter | Input) -> Q:
    """The same choices as a condition."""
    condition = Q()
    for one in given:
        if not (value := one.chosen(request)):
            condition &= (isinstance(one, Filter) and one.unless) or Q()
            continue
        if one.condition:
            condition &= one.condition(value)
        elif isinstance(one, Filter) and one.field:
            condition &= Q(**{one.field: value})
    return condition


def _without(request: HttpRequest, name: str) -> str:
    left = {k: v for k, v in request.GET.items() if k not in (name, "cursor") and v}
    return f"{request.path}?{urlencode(left)}" if left else request.path


def posted(request: HttpRequest) -> Any | None:
    """What a form is bound to: what was posted, be it empty, and nothing on a GET."""
    return request.POST if request.method == "POST" else None


def attempt(form: forms.Form, operation: Callable[[], Any]) -> Any | None:
    """Runs the operation; what it refuses stands beside the fields it names. None when refused."""
    try:
        return operation()
    except (Invalid, Refused) as error:
        named = {_python_name(name): messages for name, messages in error.fields.items()}
        for name, messages in named.items():
            for message in messages:
                form.add_error(name if name in form.fields else None, message)
        if not named:
            form.add_error(None, error.message)
        return None


def _python_name(name: str) -> str:
    last = name.split(".")[-1].replace("GiB", "Gib")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in last)


__all__ = [
    "Filter", "Input", "Page", "PortalError", "attempt", "filtered", "filters", "fragment",
    "keyset_page", "page", "posted", "words_of",
]  # fmt: skip
