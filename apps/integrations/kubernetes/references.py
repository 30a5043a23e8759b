"""References that stand where a secret stood: `kv://<vault>/<owner>-<key>`."""

import hashlib
import re
from dataclasses import dataclass, field

from apps.core.secret_material import looks_secret

from .fields import Odd

SecretRef = dict[str, str]

_VAULT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,125}[A-Za-z0-9])?")
_OTHER = re.compile(r"[^a-z0-9]+")
# What Azure Key Vault takes as the name of a secret.
_LONGEST_NAME = 127
# etcd refuses larger objects, so no cluster has a value like it.
_LONGEST_VALUE = 1024 * 1024


@dataclass
class References:
    """Makes references into one vault and remembers them. Raises ValueError for a vault's name."""

    vault: str
    made: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not _VAULT.fullmatch(self.vault):
            raise ValueError("A vault's name is letters, digits and hyphens.")

    def make(self, *parts: str) -> SecretRef:
        """The same parts give the same reference; so may parts that differ in punctuation."""
        reference = f"kv://{self.vault}/{_name('-'.join(parts))}"
        self.made.add(reference)
        return {"secretRef": reference}

    def value(self, name: str, value: str, *parts: str) -> str | SecretRef:
        """The value itself, or a reference where it looks secret: the whole of it, never a part."""
        if len(value) > _LONGEST_VALUE:
            raise Odd("is larger than the 1 MiB that Kubernetes takes")
        return self.make(*parts) if looks_secret(name, value) else value


def _name(text: str) -> str:
    name = _OTHER.sub("-", text.lower()).strip("-")
    if len(name) <= _LONGEST_NAME:
        return name or "value"
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name[: _LONGEST_NAME - 13].rstrip('-')}-{digest}"
