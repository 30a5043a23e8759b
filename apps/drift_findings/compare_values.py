"""One form for what may be written in several ways: quantities, images, numbers, references.

Two values are the same where their forms are equal. Forms are only compared; what is stored is
what was written.
"""

import re
from fractions import Fraction
from typing import Any

from apps.integrations.kubernetes.images import NotAnImage, parse_image

Form = tuple[Any, ...]

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))"
    r"(?:[eE](?P<exponent>[+-]?\d{1,3})|(?P<unit>[numkMGTPE]|[KMGTPE]i))?",
    re.ASCII,
)
_POWERS = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {f"{letter}i": 10 * power for power, letter in enumerate("KMGTPE", start=1)}
_LONGEST_NUMBER = 64
_HUB = "docker.io"
REFERENCES = ("secretRef", "configMapRef", "fieldRef", "resourceFieldRef")


def quantity(written: Any) -> Form:
    """500m == 0.5 == "0.50", 1Gi == 1024Mi; text that is none is compared as text."""
    text = str(written)
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if match is None or isinstance(written, bool):
        return value(written)
    number = Fraction(match["number"])
    if unit := match["unit"]:
        number *= 2 ** _BINARY[unit] if unit in _BINARY else Fraction(10) ** _POWERS[unit]
    elif match["exponent"]:
        number *= Fraction(10) ** int(match["exponent"])
    return ("number", number)


def image(reference: Any) -> Form:
    """docker.io/library/nginx:latest == nginx; where there is a digest the tag says nothing."""
    try:
        read = parse_image(str(reference))
    except NotAnImage:
        return value(reference)
    host, slash, rest = read.repository.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = _HUB, read.repository
    if host in ("index.docker.io", "registry-1.docker.io"):
        host = _HUB
    if host == _HUB and "/" not in rest:
        rest = f"library/{rest}"
    which = read.digest.lower() or f":{read.tag or 'latest'}"
    return ("image", host.lower(), rest, which)


def says_version(reference: str) -> bool:
    """Whether an image names a version: one by its digest alone names none."""
    try:
        return bool(parse_image(reference).tag)
    except NotAnImage:
        return False


def version_of(reference: str) -> str:
    """The version that the image itself says, empty where it is no image."""
    try:
        return parse_image(reference).version
    except NotAnImage:
        return ""


def value(written: Any) -> Form:
    """Numbers by value, booleans apart from them, text as it is, references by their name.

    A cluster knows no vaults: of a reference to a secret the vault's name is not compared.
    """
    if isinstance(written, bool):
        return ("flag", written)
    if isinstance(written, int | float):
        return ("number", Fraction(written))
    if isinstance(written, list | tuple):
        return ("list", *[value(one) for one in written])
    if isinstance(written, dict):
        if set(written) == {"secretRef"} and isinstance(written["secretRef"], str):
            return ("secret", written["secretRef"].rpartition("/")[2])
        held = {key: value(one) for key, one in written.items() if not is_empty(one)}
        return ("object", *sorted(held.items()))
    return ("text", written)


def is_empty(written: Any) -> bool:
    """Absent, null and empty are the same."""
    return written is None or written == "" or written == [] or written == {}


def is_reference(written: Any) -> bool:
    return isinstance(written, dict) and any(key in written for key in REFERENCES)
