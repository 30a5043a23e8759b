"""command and args, with what is secret in them replaced."""

import re
from typing import Any

from apps.core.secret_material import holds_secret, looks_secret, names_secret

from .fields import Odd
from .references import References, SecretRef

_FLAG = re.compile(r"--?(?P<name>[A-Za-z][\w.-]{0,80})(?P<given>=.*)?", re.DOTALL)


def read_arguments(
    container: dict[str, Any], key: str, references: References, *parts: str
) -> list[str | SecretRef]:
    """The list under `key`. `--password x`, `--password=x` and scripts that hold one are replaced.

    The reference is named after the flag, or else after the place in the list.
    """
    found = container.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Odd(f"{key} is not a list of texts.")
    read: list[str | SecretRef] = []
    flag = ""
    for place, argument in enumerate(found, start=1):
        name, flag = flag, ""
        match = _FLAG.fullmatch(argument)
        if names_secret(name) and not match and looks_secret(name, argument):
            read.append(references.make(*parts, name))
        elif holds_secret(argument):
            read.append(references.make(*parts, match["name"] if match else f"{key}-{place}"))
        else:
            read.append(argument)
            flag = match["name"] if match and not match["given"] else ""
    return read
