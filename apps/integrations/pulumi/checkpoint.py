"""The file: its version, the stack it is of, its resources with every secret taken out.

A secret is an envelope, `{"4dabf18193072939515e22adb298388d": "<what>", "ciphertext": …}`, with
`plaintext` where the export showed secrets. It is replaced before anything looks at the resource,
by a text that every reader after it takes for secret material and makes a reference of.
"""

import re
from dataclasses import dataclass
from typing import Any

from apps.integrations.kubernetes.budget import Budget
from apps.integrations.kubernetes.documents import text_of
from apps.integrations.kubernetes.json_reader import NotJson, read_json
from apps.integrations.kubernetes.limits import MAX_BYTES
from apps.integrations.kubernetes.records import Source, UnreadableManifest

VERSIONS = (1, 2, 3)
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "-----BEGIN PRIVATE KEY-----"  # noqa: S105  (no key: a text that no reader keeps)
_URN = re.compile(r"urn:pulumi:([^:]{1,100})::([^:]{1,100})::([^:]+(?::[^:]+)*)::(.+)", re.DOTALL)
_LONGEST_NAME = 253


@dataclass(frozen=True)
class Resource:
    """`type` is the token without what it is nested in; `place` counts from 1."""

    place: int
    type: str
    name: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    is_custom: bool
    is_going: bool  # replaced, and to be deleted by the next update
    is_external: bool  # read by the program, managed elsewhere
    pending: str = ""  # the operation that was cut off in the middle


@dataclass(frozen=True)
class Stack:
    """`reference` is `<project>/<stack>`, as in the names of its resources."""

    file: str
    reference: str
    resources: tuple[Resource, ...]


def read_checkpoint(source: Source) -> Stack:
    """Raises UnreadableManifest; never quotes the file."""
    if len(source.data) > MAX_BYTES:
        raise _broken(source, f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        values = [value for _, value, _ in read_json(source.name, text_of(source), Budget())]
    except NotJson as error:
        raise _broken(source, str(error)) from None
    if len(values) != 1 or not isinstance(values[0], dict):
        raise _broken(source, "it is not what `pulumi stack export` writes: one JSON object")
    deployment = _deployment(source, values[0])
    found, references = [], set()
    entries = [(one, "") for one in _list(source, deployment, "resources")]
    for operation in _list(source, deployment, "pending_operations"):
        if isinstance(operation, dict):
            kind = operation.get("type")
            entries.append((operation.get("resource"), kind if isinstance(kind, str) else "?"))
    for place, (entry, pending) in enumerate(entries, start=1):
        resource, reference = _resource(source, place, entry, pending)
        references.add(reference)
        found.append(resource)
    if len(references) > 1:
        raise _broken(source, "its resources are of more than one stack")
    return Stack(source.name, next(iter(references), ""), tuple(found))


def _deployment(source: Source, value: dict[str, Any]) -> dict[str, Any]:
    version = value.get("version")
    if version not in VERSIONS or isinstance(version, bool):
        known = ", ".join(map(str, VERSIONS))
        raise _broken(source, f"its version is none of {known}")
    found = value.get("deployment")
    if found is None and isinstance(value.get("checkpoint"), dict):
        found = value["checkpoint"].get("latest")
    if not isinstance(found, dict):
        raise _broken(source, "it has no deployment: the stack was never updated")
    return found


def _list(source: Source, deployment: dict[str, Any], key: str) -> list[Any]:
    found = deployment.get(key)
    if found is not None and not isinstance(found, list):
        raise _broken(source, f"its {key} are not a list")
    return found or []


def _resource(source: Source, place: int, entry: Any, pending: str) -> tuple[Resource, str]:
    urn = entry.get("urn") if isinstance(entry, dict) else None
    match = _URN.fullmatch(urn) if isinstance(urn, str) else None
    if match is None:
        raise UnreadableManifest(source.name, place, "a resource has no URN of Pulumi")
    stack, project, types, name = match.groups()
    given = entry.get("type")
    resource = Resource(
        place=place,
        type=(given if isinstance(given, str) and given else types.rpartition("$")[2])[:253],
        name=name[:_LONGEST_NAME],
        inputs=_facts(entry.get("inputs")),
        outputs=_facts(entry.get("outputs")),
        is_custom=entry.get("custom") is True,
        is_going=entry.get("delete") is True,
        is_external=entry.get("external") is True,
        pending=pending[:40],
    )
    return resource, f"{project}/{stack}"


def _facts(value: Any) -> dict[str, Any]:
    opened = opaque(value)
    return opened if isinstance(opened, dict) else {}


def opaque(value: Any) -> Any:
    """The value without secrets, assets and the like. As deep as the reader lets anything be."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            is_secret = "ciphertext" in value or "plaintext" in value
            return SECRET if is_secret else None
        return {key: opaque(inner) for key, inner in value.items() if key != "__defaults"}
    if isinstance(value, list):
        return [opaque(inner) for inner in value]
    # Pulumi's numbers are floats: 2.0 replicas are 2.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _broken(source: Source, reason: str) -> UnreadableManifest:
    return UnreadableManifest(source.name, None, reason)
