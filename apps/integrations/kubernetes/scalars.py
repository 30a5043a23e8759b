"""Plain YAML scalars as Kubernetes reads them: the core schema with YAML 1.1's booleans.

Dates stay text, and so does 1:30 (PyYAML would make it ninety). A number too large or not
finite stays text too: nothing downstream takes a number that RFC 8785 could not write.
"""

import math
import re

from .budget import Refused

Scalar = str | int | float | bool | None

TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", f"{TAG}str"})
_TYPES: dict[str, tuple[type, ...]] = {
    f"{TAG}int": (int,),
    f"{TAG}float": (int, float),
    f"{TAG}bool": (bool,),
    f"{TAG}null": (type(None),),
}

NULL = frozenset({"", "~", "null", "Null", "NULL"})
TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})

_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 64


def scalar(text: str, tag: str | None, quoted: bool) -> Scalar:
    """Raises Refused for a tag that stands for more, !!binary and !!timestamp included."""
    if tag is None:
        return text if quoted else plain(text)
    if tag in _TEXT_TAGS:
        return text
    if tag not in _TYPES:
        raise Refused(foreign(tag))
    value = plain(text)
    if not isinstance(value, _TYPES[tag]):
        raise Refused("a value does not have the form that its tag says")
    return value


def foreign(tag: str) -> str:
    """Why a tag is refused."""
    return f"the tag {tag.replace(TAG, '!!')[:80]!r} stands for more than plain data"


def plain(text: str) -> Scalar:
    """The value of an unquoted, untagged scalar."""
    if text in NULL:
        return None
    if text in TRUE or text in FALSE:
        return text in TRUE
    if len(text) > _LONGEST_NUMBER or not (text[0].isdigit() or text[0] in "+-."):
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def _integer(text: str) -> int | str:
    digits = text.replace("_", "")
    body = digits.lstrip("+-")
    octal = len(body) > 1 and body[0] == "0" and body[1] in "o01234567"
    try:
        value = int(body.replace("o", ""), 8) if octal else int(body, 0)
    except ValueError:
        return text
    return -value if digits.startswith("-") else value
