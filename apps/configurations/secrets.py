"""Secrets are references only: what looks like secret material is refused with its path.

Must never: store, log or repeat a value that it refuses.
"""

import re
from collections.abc import Iterator
from typing import Any

from apps.core.errors import Invalid

REFERENCE = re.compile(
    r"^kv://(?P<vault>[a-z0-9][a-z0-9-]{0,78})/(?P<name>[A-Za-z0-9][\w.-]{0,126})$"
)

# By name: what ends so is a secret unless its value is empty or a reference.
_NAME = re.compile(
    r"(?:^|[._-]|(?<=[a-z0-9]))"
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|"
    r"api[._-]?key|access[._-]?key|private[._-]?key|account[._-]?key|signing[._-]?key|"
    r"encryption[._-]?key|connection[._-]?string|conn[._-]?str|sas)$",
    re.IGNORECASE,
)
# Ends that say where or how long, not what.
_HARMLESS_NAME = re.compile(
    r"(?:file|path|dir|name|ttl|expiry|url|uri|ref|enabled|length|type|id)$", re.IGNORECASE
)
_VALUES = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}")),
    ("a GitLab token", re.compile(r"\bglpat-[\w-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[\w-]{10,}")),
    ("a Google API key", re.compile(r"\bAIza[\w-]{35}\b")),
    ("a JSON Web Token", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")),
    ("an Azure account key", re.compile(r"(?:AccountKey|SharedAccessKey)\s*=\s*[^;\s]{8,}")),
    ("an Azure shared access signature", re.compile(r"[?&]sig=[\w%+/=-]{20,}")),
    ("a password in an address", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@{$<]+@")),
    ("a password in a connection string", re.compile(r"\b(?:password|pwd)\s*=\s*[^;\s{$<]{3,}", re.I)),
    ("a token of this portal", re.compile(r"\brp_[\w-]{40,}")),
)  # fmt: skip
_PLACEHOLDER = re.compile(r"^(?:\$\{[^}]*\}|\$\([^)]*\)|\{\{[^}]*\}\}|<[^>]*>|%[A-Z_]+%)$")


def why_secret(name: str, value: str) -> str:
    """What the value looks like, in words ("a private key"); empty where it looks harmless."""
    if not value.strip() or _PLACEHOLDER.match(value.strip()):
        return ""
    for what, pattern in _VALUES:
        if pattern.search(value):
            return what
    if _NAME.search(name) and not _HARMLESS_NAME.search(name):
        return "a secret by its name"
    return ""


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
            if isinstance(key, str) and (what := why_secret("", key)):
                problems[f"{path}.(a key)"] = [f"looks like {what}"]
                continue
            # {"name": "DB_PASSWORD", "value": "…"}, as Kubernetes spells it.
            label = value.get("name") if key == "value" else key
            yield from _walk(item, f"{path}.{key}", str(label or key), problems)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]", name, problems)
    elif isinstance(value, str) and (what := why_secret(name, value)):
        problems[path] = [f'looks like {what}: use {{"secretRef": "kv://<vault>/<name>"}}']
    elif isinstance(value, int | float) and not isinstance(value, bool) and _NAME.search(name):
        if not _HARMLESS_NAME.search(name):
            problems[path] = ['looks like a secret by its name: use {"secretRef": …}']


def _reference(
    value: dict[str, Any], path: str, problems: dict[str, list[str]]
) -> Iterator[tuple[str, str]]:
    reference = value["secretRef"]
    match = REFERENCE.match(reference) if isinstance(reference, str) else None
    if match is None or len(value) != 1:
        problems[path] = ['must be {"secretRef": "kv://<vault>/<name>"} and nothing else']
        return
    yield path, match["vault"]
