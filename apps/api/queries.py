"""Parameters of lists: each is known, exact, and answered by an index. Others are refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from apps.api.problems import bad_parameter

MOST = 200
DEFAULT = 50


def _uuid(text: str) -> UUID:
    return UUID(text)


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that nobody escaped
    return (
        found if timezone.is_aware(found) else found.replace(tzinfo=timezone.get_default_timezone())
    )


def _text(text: str) -> str:
    if not 1 <= len(text) <= 400 or "\x00" in text:
        raise ValueError
    return text


_ID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 400}
# {kind: (how it is read, what it must be, its JSON schema)}
KINDS: Mapping[str, tuple[Callable[[str], Any], str, dict[str, Any]]] = {
    "uuid": (_uuid, "must be an id", _ID),
    "time": (_time, "must be a time like 2026-01-31T12:00:00Z", _TIME),
    "text": (_text, "must be 1 to 400 characters", _TEXT),
}


@dataclass(frozen=True)
class Query:
    """One parameter: `lookup` is what it compares, or `condition` makes of the value what it means.

    With `choices` it is one of them.
    """

    name: str
    lookup: str = ""
    kind: str = "text"
    choices: Sequence[str] = ()
    condition: Callable[[Any], Q] | None = None
    description: str = ""
    required: bool = False

    def read(self, text: str) -> Any:
        if self.choices:
            if text not in self.choices:
                raise bad_parameter(self.name, f"must be one of {', '.join(self.choices)}.")
            return text
        parse, expected, _ = KINDS[self.kind]
        try:
            return parse(text)
        except (ValueError, OverflowError) as error:
            raise bad_parameter(self.name, f"{expected}.") from error

    def where(self, text: str) -> Q:
        value = self.read(text)
        if self.condition is not None:
            return self.condition(value)
        return Q(**{self.lookup: value}) if self.lookup else Q()

    def schema(self) -> dict[str, Any]:
        if self.choices:
            return {"type": "string", "enum": list(self.choices)}
        return KINDS[self.kind][2]


PAGING = (
    Query("cursor", description="Where to go on: part of `next` and `previous`, opaque."),
    Query("limit", description=f"Rows of a page: 1 to {MOST}, {DEFAULT} where absent."),
)
# Where a request of many things works: all of them are there.
HERE = Query("environmentId", "environment_id", "uuid", required=True)
FIELDS = Query(
    "fields",
    description="Names of members to answer with, joined by commas: the others are left out.",
)


def check_known(given: Any, known: Iterable[Query]) -> None:
    """What nobody reads, what is given twice and what is missing is a mistake of whoever asks."""
    queries = list(known)
    allowed = sorted(query.name for query in queries)
    for name in given:
        if name not in allowed:
            raise bad_parameter(
                name[:60], f"is unknown here: {', '.join(allowed) or 'none is known'}."
            )
        if len(given.getlist(name)) > 1:
            raise bad_parameter(name, "is given twice.")
    for query in queries:
        if query.required and not given.get(query.name):
            raise bad_parameter(query.name, "is missing.")


def limit_of(given: Any) -> int:
    text = given.get("limit", str(DEFAULT))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        raise bad_parameter("limit", f"must be 1 to {MOST}.")
    return int(text)
