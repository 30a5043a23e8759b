"""What is compared and what comes of it, as plain values. Pure: no Django, no database.

Paths are JSON Pointers (RFC 6901) into one document: `/services/<module>/…` and
`/configMaps/<name>/…`, as the published configuration has them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "missing", "unexpected", "image", "version", "replicas", "configuration", "scaling"
]  # fmt: skip
# Longer ones end in a digest: an environment variable's name has no limit.
LONGEST_PATH = 1000


@dataclass(frozen=True)
class Scale:
    """An autoscaler's bounds. None stands for none: a fixed number of replicas."""

    metric: str
    min_replicas: int
    max_replicas: int
    target_utilization_percent: int

    def admits(self, replicas: int) -> bool:
        return self.min_replicas <= replicas <= self.max_replicas


@dataclass(frozen=True)
class Workload:
    """`stopped`: should not run. `counted`: False where the cluster decides how many there are."""

    module_id: str
    image: str
    version: str
    replicas: int
    scale: Scale | None = None
    stopped: bool = False
    counted: bool = True


@dataclass(frozen=True)
class State:
    """One side. `unread` has the workloads that are there and could not be read, with the reason.

    `partly_read` names things of which something was left out: what is absent of them proves
    nothing. `autoscalers_unread`: there is one that was not understood, so none is no news.
    """

    workloads: Mapping[str, Workload]
    configuration: Mapping[str, Any]
    unread: Mapping[str, str] = field(default_factory=dict)
    partly_read: frozenset[str] = frozenset()
    autoscalers_unread: bool = False


@dataclass(frozen=True)
class Difference:
    """`desired` or `observed` is None where that side has nothing. `module_id` may be empty."""

    kind: Kind
    module_id: str
    path: str
    desired: Any
    observed: Any

    @property
    def identity(self) -> str:
        """The same kind at the same path of the same thing is the same difference."""
        parts = json.dumps([self.kind, self.module_id, self.path])
        return hashlib.sha256(parts.encode()).hexdigest()


def pointer(parts: Iterable[str]) -> str:
    path = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
    if len(path) <= LONGEST_PATH:
        return path
    return f"{path[: LONGEST_PATH - 65]}…{hashlib.sha256(path.encode()).hexdigest()}"
