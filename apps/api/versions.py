"""ETags: the version of what may be changed, and what If-Match asks of it."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from apps.api.problems import Problem

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*(?:,|$)')


def etag_of(data: Mapping[str, Any], volatile: Collection[str] = ()) -> str:
    """Of the members but for those that only tell when something was last seen."""
    kept = {name: value for name, value in data.items() if name not in volatile}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def matches(header: str, etag: str, *, weakly: bool = False) -> bool:
    """Whether one of the tags is this one; a weak tag matches nothing where it must be strong."""
    if header.strip() == "*":
        return True
    return any(
        f'"{found[2]}"' == etag and (weakly or not found[1]) for found in _TAG.finditer(header)
    )


def check(header: str | None, etag: str) -> None:
    if header is not None and not matches(header, etag):
        raise Problem(
            "precondition-failed",
            "Read it again: its ETag is another by now.",
            headers={"ETag": etag},
        )
