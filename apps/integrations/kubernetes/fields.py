"""Looking into a manifest whose fields may be absent, null or of the wrong type.

Absent and null are the same, as in Kubernetes. A wrong type raises Odd with the field's name
and never its value, which may be a secret.
"""

from typing import Any

MAX_INT32 = 2**31 - 1


class Odd(ValueError):
    """Something is not as Kubernetes has it. The text is the reason that people are shown."""


def mapping(value: dict[str, Any], *path: str) -> dict[str, Any]:
    for at, key in enumerate(path):
        found = value.get(key)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise Odd(f"{'.'.join(path[: at + 1])} is not an object.")
        value = found
    return value


def mappings(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = value.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Odd(f"{key} is not a list of objects.")
    return found


def text(value: dict[str, Any], key: str) -> str:
    """Empty where absent."""
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Odd(f"{key} is not text: it has to be quoted.")
    return found


def texts(value: dict[str, Any], key: str) -> dict[str, str]:
    """A mapping of text to text, such as labels."""
    return {name: text(mapping(value, key), name) for name in mapping(value, key)}


def whole(value: dict[str, Any], key: str, default: int | None, least: int = 0) -> int:
    """A whole number from `least` to int32's end; without a default it has to be there."""
    found = value.get(key)
    if found is None:
        if default is None:
            raise Odd(f"{key} is missing.")
        return default
    if not isinstance(found, int) or isinstance(found, bool):
        raise Odd(f"{key} is not a whole number.")
    if not least <= found <= MAX_INT32:
        raise Odd(f"{key} is not between {least} and {MAX_INT32}.")
    return found


def flag(value: dict[str, Any], key: str) -> bool:
    """False where absent."""
    found = value.get(key)
    if found is not None and not isinstance(found, bool):
        raise Odd(f"{key} is neither true nor false.")
    return found is True
