"""Names that Kubernetes takes, made of names that people gave.

One that fits stays as it is. One that does not keeps what can be kept and gets a digest of the
whole, so that two that differ stay two, and the same name is the same again.
"""

import hashlib
import re

LABEL = 63
_SUBDOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_LABEL_VALUE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DIGITS = 10


def object_name(text: str) -> str:
    """The name of an object or of what it refers to: a DNS subdomain."""
    return text if _SUBDOMAIN.fullmatch(text) else _fitted(text)


def namespace_name(text: str) -> str:
    """The name of a namespace: a DNS label."""
    return text if _DNS_LABEL.fullmatch(text) else _fitted(text)


def label_value(text: str) -> str:
    """The value of a label: at most 63 characters of ASCII."""
    return text if _LABEL_VALUE.fullmatch(text) else _fitted(text)


def _fitted(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    kept = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    kept = kept[: LABEL - _DIGITS - 1].rstrip("-")
    return f"{kept}-{digest}" if kept else f"x-{digest}"
