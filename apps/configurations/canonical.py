"""The canonical form of a payload (RFC 8785) and its checksum."""

import hashlib
from typing import Any

import rfc8785

from apps.core.errors import Invalid

MAX_DEPTH = 64
MAX_BYTES = 4 * 1024 * 1024
# The last whole number that every reader of JSON keeps. Beyond it jsonb gives 1e21 back as an
# integer, which has no canonical form: what was written could not be verified when read.
MAX_NUMBER = 2**53 - 1


def checksum(payload: Any) -> str:
    """SHA-256, in hex, of the canonical JSON; Invalid for what has no canonical form.

    That is: numbers beyond 2^53, NaN and infinities, strings that are not Unicode, the
    character NUL (PostgreSQL cannot store it), nesting over 64 levels, over 4 MiB. No message
    repeats a value.
    """
    _check(payload, "payload", 0)
    try:
        canonical = rfc8785.dumps(payload)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise Invalid.field("payload", "has no canonical JSON.") from error
    if len(canonical) > MAX_BYTES:
        raise Invalid.field("payload", f"must not be over {MAX_BYTES} bytes of canonical JSON.")
    return hashlib.sha256(canonical).hexdigest()


def _check(value: Any, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Invalid.field(path, f"is nested over {MAX_DEPTH} levels deep.")
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
        raise Invalid.field(path, f"must be a finite number from -{MAX_NUMBER} to {MAX_NUMBER}.")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise Invalid.field(path, "has a key that is not text.")
            _check_text(key, path)
            _check(item, f"{path}.{key}", depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, f"{path}[{index}]", depth + 1)


def _check_text(text: str, path: str) -> None:
    if "\x00" in text:
        raise Invalid.field(path, "contains the character NUL, which cannot be stored.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Invalid.field(path, "is not Unicode text.") from error
