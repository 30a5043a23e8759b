"""The way in: a stack's state to one normalised release, as if manifests had said it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from apps.integrations.kubernetes.documents import Document
from apps.integrations.kubernetes.fields import Odd
from apps.integrations.kubernetes.kinds import WORKLOADS
from apps.integrations.kubernetes.records import NotUnderstood, Release, Source
from apps.integrations.kubernetes.release import release_of

from .azure import App, reader_of
from .checkpoint import Resource, Stack, read_checkpoint

# Pulumi's own: the stack, its providers, references to other stacks.
_OWN = ("pulumi:pulumi:", "pulumi:providers:")


@dataclass
class _Reading:
    file: str
    apps: dict[int, App] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    odds: list[NotUnderstood] = field(default_factory=list)

    def odd(self, one: Resource, reason: str, name: str = "") -> None:
        self.odds.append(NotUnderstood(self.file, one.place, one.type, name or one.name, reason))


@dataclass(frozen=True)
class StackRelease:
    """`unread` has the modules of which something stands in the state that was not understood."""

    release: Release
    reference: str
    unread: frozenset[str]


def read_stack(source: Source, *, vault: str) -> StackRelease:
    """Raises UnreadableManifest for input that is broken, hostile or over the limits."""
    stack = read_checkpoint(source)
    reading = _Reading(stack.file)
    release = release_of(list(_documents(stack, reading)), vault=vault)
    services = tuple(
        replace(one, compute_target=app.target, endpoint_url=app.endpoint)
        if (app := reading.apps.get(one.document))
        else one
        for one in release.services
    )
    told = [
        replace(one, kind=reading.types.get(one.document, one.kind))
        for one in release.not_understood
    ]
    odds = tuple(sorted({*told, *reading.odds}))
    unread = {
        one.name
        for one in odds
        if one.kind in WORKLOADS or one.kind == "Pod" or reader_of(one.kind)
    }
    known = replace(release, services=services, not_understood=odds)
    return StackRelease(known, stack.reference, frozenset(unread))


def _documents(stack: Stack, reading: _Reading) -> Iterator[Document]:
    """Objects for the reader of Kubernetes; what is none is listed."""
    for one in stack.resources:
        if one.pending:
            reading.odd(one, f"An operation on it was cut off: {one.pending}. Refresh the stack.")
        elif not one.is_custom or one.is_going or one.type.startswith(_OWN):
            continue
        elif one.is_external:
            reading.odd(one, "It is read by the program and managed elsewhere.")
        elif one.type.startswith("kubernetes:") and not one.type.endswith("Patch"):
            yield Document(stack.file, one.place, _kubernetes(one))
        elif reader := reader_of(one.type):
            reading.types[one.place] = one.type
            try:
                app = reader(one)
            except Odd as error:
                reading.odd(one, str(error))
                continue
            reading.apps[one.place] = app
            for value in app.objects():
                yield Document(stack.file, one.place, value)
        else:
            reading.odd(one, "This type is no service that is understood.")


def _kubernetes(one: Resource) -> dict[str, Any]:
    """What the program said (not what the API server made of it), with the status it has."""
    body = dict(one.inputs or one.outputs)
    group, _, kind = one.type.removeprefix("kubernetes:").partition(":")
    body.setdefault("apiVersion", group.removeprefix("core/"))
    body.setdefault("kind", kind)
    if isinstance(status := one.outputs.get("status"), dict):
        body["status"] = status
    return body
