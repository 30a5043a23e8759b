"""From documents to Kubernetes objects: lists unfolded, each with its place for reports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .documents import Document
from .fields import Odd, flag, mapping, mappings, text
from .kinds import MADE_BY_CONTROLLERS, UNDERSTOOD, WORKLOADS, group, not_needed, refusal
from .records import NotUnderstood

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True)
class Object:
    """`namespace` is empty where the manifest leaves it to its reader, which is not "default"."""

    file: str
    document: int
    api_version: str
    kind: str
    namespace: str
    name: str
    body: dict[str, Any]

    def odd(self, reason: str) -> NotUnderstood:
        return NotUnderstood(self.file, self.document, self.kind, self.name, reason)


def read_objects(document: Document) -> Iterator[Object | NotUnderstood]:
    """What the document holds and is needed, in order; nothing where it is empty."""
    if document.problem:
        yield _place(document, _mapping(document.value)).odd(document.problem)
        return
    waiting = [document.value]
    while waiting:
        value = waiting.pop()
        if value is None or value == {}:
            continue
        if not isinstance(value, dict):
            reason = "It is not a Kubernetes object."
            yield NotUnderstood(document.file, document.number, "", "", reason)
            continue
        members = _members(value)
        if members is not None:
            waiting.extend(reversed(members))
            continue
        yield from _object(document, value)


def _members(value: dict[str, Any]) -> list[Any] | None:
    """A list's items. Those of a typed list (DeploymentList) omit its kind and are given it."""
    kind, items = value.get("kind"), value.get("items", ())
    if not isinstance(kind, str) or not kind.endswith("List") or items == ():
        return None
    if items is None:
        return []
    if not isinstance(items, list):
        return None
    one = kind.removesuffix("List")
    if not one:
        return items
    given = {"apiVersion": value.get("apiVersion"), "kind": one}
    return [{**given, **item} if isinstance(item, dict) else item for item in items]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _object(document: Document, value: dict[str, Any]) -> Iterator[Object | NotUnderstood]:
    found = _place(document, value)
    if found.kind and not_needed(found.api_version, found.kind):
        return
    reason = _refusal(found)
    yield found.odd(reason) if reason else found


def _place(document: Document, value: dict[str, Any]) -> Object:
    metadata = _mapping(value.get("metadata"))
    return Object(
        file=document.file,
        document=document.number,
        api_version=_short(value.get("apiVersion")),
        kind=_short(value.get("kind")),
        namespace=_short(metadata.get("namespace")),
        name=_short(metadata.get("name")),
        body=value,
    )


def _refusal(one: Object) -> str:
    if not one.kind:
        return "It has no kind, so it is not a Kubernetes object."
    reason = refusal(one.api_version, one.kind)
    if not reason and not _NAME.fullmatch(one.name):
        reason = "It has no name that Kubernetes would take."
    return reason


def _short(value: Any) -> str:
    return value[:253] if isinstance(value, str) else ""


def made_by_a_controller(one: Object) -> bool:
    """Whether a workload that is understood runs this Pod, ReplicaSet or Job.

    Raises Odd where some other controller does: what it runs is then not known.
    """
    if one.kind not in MADE_BY_CONTROLLERS:
        return False
    for owner in mappings(mapping(one.body, "metadata"), "ownerReferences"):
        if not flag(owner, "controller"):
            continue
        kind, api_version = text(owner, "kind"), text(owner, "apiVersion")
        # Any version of the group: a controller's references keep the one it was made with.
        known = {group(version) for version in UNDERSTOOD.get(kind, ())}
        if kind in WORKLOADS and group(api_version) in known:
            return True
        raise Odd(f"Its owner is a {kind[:80]}, which is not understood.")
    return False
