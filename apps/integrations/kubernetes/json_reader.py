"""JSON as `kubectl get -o json` writes it, one value after another.

The json module has no limits of its own, so depth and number of values are counted on the
bare text first, strings removed: in C speed, and before anything is built.
"""

import json
import math
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from .budget import Budget, Refused
from .limits import MAX_DEPTH
from .records import UnreadableManifest

# The closing quote is optional: a string without an end must not be tried again at each of its
# quotes, which would take the square of its length.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_SPACE = re.compile(r"[ \t\r\n]*")
_BAD_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class NotJson(ValueError):
    """It does not parse. YAML may still read it: a flow mapping looks like JSON at first."""


def read_json(file: str, text: str, budget: Budget) -> Iterator[tuple[int, Any, str]]:
    """(document number, value, problem). Raises UnreadableManifest, or NotJson."""
    number = 1
    try:
        _charge(text, budget)
        position = _skip_space(text, 0)
        while position < len(text):
            budget.document()
            repeated: list[str] = []
            value, position = _decoder(repeated).raw_decode(text, position)
            if _BAD_ESCAPE.search(text):
                _check_text(value)
            yield number, value, repeated[0] if repeated else ""
            position = _skip_space(text, position)
            number += 1
    except Refused as error:
        raise UnreadableManifest(file, number, str(error)) from None
    except json.JSONDecodeError as error:
        # The error object holds the whole text, so it goes no further.
        raise NotJson(
            f"it is not JSON on line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None


def _charge(text: str, budget: Budget) -> None:
    bare = _STRING.sub("", text)
    # Each value or key follows a comma, a colon or an opening bracket, or begins a document.
    budget.spend(sum(map(bare.count, ",:[{")) + 1, 0)
    brackets = _NO_BRACKETS.sub("", bare)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise Refused(f"it is nested deeper than {MAX_DEPTH} levels")


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _decoder(repeated: list[str]) -> json.JSONDecoder:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(found)
        if len(value) < len(found):
            repeated.append("A key is given twice in one object.")
        return value

    return json.JSONDecoder(
        object_pairs_hook=pairs, parse_constant=_constant, parse_int=_integer, parse_float=_float
    )


def _constant(name: str) -> Any:
    raise Refused(f"{name} is not a JSON number")


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= 64 else digits


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _check_text(value: Any) -> None:
    """Neither NUL nor half a surrogate pair: neither PostgreSQL nor RFC 8785 can write them."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one)
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, str) and ("\0" in one or not _encodes(one)):
            raise Refused("there is a NUL character or half a surrogate pair")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
