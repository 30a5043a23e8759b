"""What of two values is stored and shown: never a secret, never a megabyte. Pure."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from apps.core.secret_material import looks_secret

from .compare_values import is_reference

LONGEST = 2000
_AROUND = 400


def storable(path: str, desired: Any, observed: Any) -> tuple[Any, Any]:
    """Both values as they may be stored.

    The reader has put references where secrets stood; what still looks like one is not told, by a
    digest either, which could be guessed at. Of long texts that part is kept in which they differ
    first.
    """
    name = path.rpartition("/")[2]
    left = _without_secret(name, desired, "not shown: it looks secret")
    right = _without_secret(name, observed, "not shown: another value that looks secret")
    start = _first_difference(as_text(left), as_text(right))
    return _shortened(left, start), _shortened(right, start)


def as_text(value: Any) -> str:
    """Text as it is, anything else as JSON; nothing is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Marked:
    """Two texts with the part in which they differ: `before` and `after` are common to both."""

    before: str
    desired: str
    observed: str
    after: str

    @property
    def short(self) -> "Marked":
        """As a list shows it: the end of what is before, the beginning of the rest."""
        before = self.before if len(self.before) <= 30 else "…" + self.before[-29:]
        parts = [
            text if len(text) <= most else text[: most - 1] + "…"
            for text, most in ((self.desired, 60), (self.observed, 60), (self.after, 30))
        ]
        return Marked(before, *parts)


def marked(desired: Any, observed: Any) -> Marked:
    left, right = as_text(desired), as_text(observed)
    start = _first_difference(left, right)
    room = min(len(left), len(right)) - start
    end = _first_difference(left[::-1][:room], right[::-1][:room])
    cut = len(left) - end, len(right) - end
    return Marked(left[:start], left[start : cut[0]], right[start : cut[1]], left[cut[0] :])


def _without_secret(name: str, value: Any, instead: str) -> Any:
    if is_reference(value):
        return value
    if isinstance(value, dict):
        return {key: _without_secret(key, inner, instead) for key, inner in value.items()}
    return instead if looks_secret(name, as_text(value)) else value


def _shortened(value: Any, start: int) -> Any:
    text = as_text(value)
    if len(text) <= LONGEST:
        return value
    begin = max(start - _AROUND, 0)
    part = text[begin : begin + LONGEST - 2 * _AROUND]
    return f"{'…' if begin else ''}{part}… ({len(text)} characters, SHA-256 {_digest(text)[:12]})"


def _first_difference(left: str, right: str) -> int:
    low, high = 0, min(len(left), len(right))
    while low < high:  # the longest common beginning, by halves: texts may be a megabyte
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
