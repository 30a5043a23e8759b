"""Secrets are references only: what looks like secret material is refused with its path.

Must never: store, log or repeat a value that it refuses.
"""

import re
from collections.abc import Iterator
from typing import Any

from apps.core.errors import Invalid
from apps.core.secret_material import holds_secret, looks_secret

REFERENCE = re.compile(
    r"kv://(?P<vault>[a-z0-9][a-z0-9-]{0,78})/(?P<name>[A-Za-z0-9][\w.-]{0,126})", re.ASCII
)


def references(payload: Any, path: str = "payload") -> Iterator[tuple[str, str]]:
    """(path, vault) of every reference; Invalid lists every value that looks secret."""
    problems: dict[str, list[str]] = {}
    found = list(_walk(payload, path, "", problems))
    if problems:
        raise Invalid("Secret material is neither stored nor logged.", fields=problems)
    yield from found


def _walk(
    value: Any, path: str, name: str, problems: dict[str, list[str]]
) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if "secretRef" in value:
            yield from _reference(value, path, problems)
            return
        for key, item in value.items():
            if isinstance(key, str) and holds_secret(key):
                problems[f"{path}.(a key)"] = ["looks like secret material"]
                continue
            # {"name": "DB_PASSWORD", "value": "…"}, as Kubernetes spells it; or the name above.
            label = value.get("name") or name if key == "value" else key
            yield from _walk(item, f"{path}.{key}", str(label or key), problems)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]", name, problems)
    elif _is_scalar(value) and looks_secret(name, str(value)):
        problems[path] = ['looks like secret material: use {"secretRef": "kv://<vault>/<name>"}']


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _reference(
    value: dict[str, Any], path: str, problems: dict[str, list[str]]
) -> Iterator[tuple[str, str]]:
    reference = value["secretRef"]
    match = REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    if match is None or len(value) != 1:
        problems[path] = ['must be {"secretRef": "kv://<vault>/<name>"} and nothing else']
        return
    yield path, match["vault"]
