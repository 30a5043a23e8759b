"""What was recorded of a change, as people read it: no braces, no quotes, no `null`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Where everything happened: the page that tells of it says so.
_PLACE = {"environmentId", "tenantId"}
_ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{4}([0-9a-f]{8})\b")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}")


@dataclass(frozen=True)
class Change:
    """One key; an empty `before` where there was nothing or nothing else."""

    key: str
    before: str
    after: str


def readable(value: Any) -> str:
    """`{"count": 4, "modules": ["a", "b"]}` is "count: 4, modules: a, b"."""
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_inner(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_inner(one) for one in value)
    return str(value)


def _inner(value: Any) -> str:
    return f"({readable(value)})" if isinstance(value, Mapping) and value else readable(value)


def changes(before: Any, after: Any, *, of: str) -> Iterator[Change]:
    """In a line: without the thing's own id, `of`, its place, and what was and is nothing."""
    was = before if isinstance(before, Mapping) else {}
    for key, value in after.items() if isinstance(after, Mapping) else ():
        earlier = was.get(key)
        if key in _PLACE or value == of or (value is None and earlier is None):
            continue
        told = earlier is not None and earlier != value
        yield Change(key, _short(earlier) if told else "", _short(value))


def _short(value: Any) -> str:
    """Digests by their beginning, ids by their end, which is what tells them apart."""
    return _ID.sub(r"…\1", _DIGEST.sub(r"\1…", readable(value)))
