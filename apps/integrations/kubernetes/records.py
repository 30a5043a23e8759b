"""What goes in and what comes out: the dataclasses that the import command writes from."""

from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, Self

from .limits import MAX_BYTES

Metric = Literal["cpu", "memory", "requests", "queue-length"]
METRICS: tuple[Metric, ...] = ("cpu", "memory", "requests", "queue-length")


@dataclass(frozen=True)
class Source:
    """One file as it was found. `name` is what people are told; "-" stands for standard input."""

    name: str
    data: bytes

    @classmethod
    def read(cls, name: str, stream: BinaryIO) -> Self:
        """At most one byte more than the limit: enough for `read_release` to refuse the rest."""
        return cls(name, stream.read(MAX_BYTES + 1))


class UnreadableManifest(ValueError):
    """Hostile or broken input: the whole import is refused. Says where, never quotes the input."""

    def __init__(self, file: str, document: int | None, reason: str) -> None:
        self.file, self.document, self.reason = file, document, reason
        where = file if document is None else f"{file}, document {document}"
        super().__init__(f"{where}: {reason}")


@dataclass(frozen=True, order=True)
class NotUnderstood:
    """One thing that was read and not taken over. `document` counts from 1, empty ones included."""

    file: str
    document: int
    kind: str
    name: str
    reason: str


@dataclass(frozen=True)
class Scaling:
    metric: Metric
    min_replicas: int
    max_replicas: int
    target_utilization_percent: int


@dataclass(frozen=True)
class Service:
    """A workload that runs something of its own. `image` is the reference as it was written."""

    module_id: str
    component_type: str
    image: str
    version: str
    compute_target: str
    replicas: int
    endpoint_url: str  # Empty where neither an Ingress nor a Service leads to it.
    scaling: Scaling
    file: str
    document: int
    kind: str  # Of the workload: how many pods a DaemonSet has is the cluster's to say.


@dataclass(frozen=True)
class Release:
    """`secret_refs` names every reference: those in `configuration` and those of Secret objects."""

    services: tuple[Service, ...]
    configuration: dict[str, Any]
    not_understood: tuple[NotUnderstood, ...]
    secret_refs: tuple[str, ...]
