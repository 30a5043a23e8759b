"""How bad a difference is. docs/drift.md has the same table, with the reasons."""

from typing import Literal

from .compare_records import Difference

Severity = Literal["info", "warning", "critical"]

_BY_KIND: dict[str, Severity] = {
    "missing": "critical",
    "unexpected": "warning",
    "image": "critical",
    "version": "info",
    "replicas": "warning",
    "configuration": "warning",
    "scaling": "warning",
}


def severity(difference: Difference) -> Severity:
    """By its kind; where nothing runs of what should run, it is critical."""
    if difference.kind == "replicas" and difference.observed == 0:
        return "critical"
    return _BY_KIND[difference.kind]
