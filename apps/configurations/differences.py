"""What differs between two payloads: by path, and line by line."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.configurations.texts import write

# Above so many lines the comparison line by line would cost more than it tells.
MOST_LINES = 5_000
_NONE = object()


@dataclass(frozen=True)
class Difference:
    """One path. `before` and `after` are JSON, empty where the path is not there."""

    path: str
    kind: str
    before: str
    after: str


def differences(before: Any, after: Any) -> list[Difference]:
    """Paths added, removed or changed, in their order; a value that moved in a list has changed."""
    return list(_walk(before, after, ""))


def _walk(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            inner = f"{path}.{key}" if path else str(key)
            yield from _walk(before.get(key, _NONE), after.get(key, _NONE), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _walk(_item(before, index), _item(after, index), f"{path}[{index}]")
    elif before is _NONE:
        yield Difference(path, "added", "", _json(after))
    elif after is _NONE:
        yield Difference(path, "removed", _json(before), "")
    elif type(before) is not type(after) or before != after:
        yield Difference(path, "changed", _json(before), _json(after))


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else _NONE


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def unified(before: Any, after: Any, names: tuple[str, str]) -> list[str] | None:
    """The lines of a unified difference of both as YAML; None where they are too long for it."""
    old, new = (write(payload, "yaml").splitlines() for payload in (before, after))
    if max(len(old), len(new)) > MOST_LINES:
        return None
    return list(difflib.unified_diff(old, new, *names, lineterm=""))
