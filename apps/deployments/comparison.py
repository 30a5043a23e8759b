"""What differs between two deployments: configuration by path, services by module. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ABSENT = object()


@dataclass(frozen=True)
class Facts:
    """What one service runs."""

    image: str
    version: str
    replicas: int


@dataclass(frozen=True)
class Snapshot:
    """What stood in an environment after a deployment."""

    payload: Mapping[str, Any]
    services: Mapping[str, Facts]


@dataclass(frozen=True)
class Difference:
    """One path of the payload; `kind` is added, removed or changed."""

    path: str
    kind: str
    before: Any = None
    after: Any = None

    @property
    def before_text(self) -> str:
        return json.dumps(self.before, ensure_ascii=False, sort_keys=True)

    @property
    def after_text(self) -> str:
        return json.dumps(self.after, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class ServiceDifference:
    """One module; `before` is absent where it is added, `after` where it is removed."""

    module_id: str
    kind: str
    before: Facts | None
    after: Facts | None


@dataclass(frozen=True)
class Comparison:
    """From left to right. Empty (false) where nothing differs."""

    configuration: list[Difference] = field(default_factory=list)
    services: list[ServiceDifference] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.configuration or self.services)


def compare(left: Snapshot, right: Snapshot) -> Comparison:
    """What changes on the way from left to right, in the order of paths and modules."""
    return Comparison(
        list(_payloads(left.payload, right.payload, "")),
        list(_services(left.services, right.services)),
    )


def _payloads(before: Any, after: Any, path: str) -> Iterator[Difference]:
    """Objects key by key, arrays place by place; a reference to a secret is one value."""
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not _reference(before, after):
        for key in sorted(before.keys() | after.keys()):
            below = f"{path}.{_step(key)}" if path else _step(key)
            yield from _payloads(before.get(key, ABSENT), after.get(key, ABSENT), below)
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            yield from _payloads(_at(before, place), _at(after, place), f"{path}[{place}]")
    elif not _same(before, after):
        if before is ABSENT:
            yield Difference(path, "added", after=after)
        elif after is ABSENT:
            yield Difference(path, "removed", before=before)
        else:
            yield Difference(path, "changed", before, after)


def _services(
    before: Mapping[str, Facts], after: Mapping[str, Facts]
) -> Iterator[ServiceDifference]:
    for module in sorted(before.keys() | after.keys()):
        old, new = before.get(module), after.get(module)
        if old != new:
            kind = "added" if old is None else "removed" if new is None else "changed"
            yield ServiceDifference(module, kind, old, new)


def _same(before: Any, after: Any) -> bool:
    """1 and true are two values of JSON; 1 and 1.0 are one."""
    return isinstance(before, bool) is isinstance(after, bool) and bool(before == after)


def _reference(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return "secretRef" in before or "secretRef" in after


def _step(key: str) -> str:
    """A key with a dot or a bracket in it is quoted, so that no two paths read alike."""
    return f'"{key}"' if not key or set(key) & set('.[]"') else key


def _at(values: list[Any], place: int) -> Any:
    return values[place] if place < len(values) else ABSENT
