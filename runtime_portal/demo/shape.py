"""What the demo's data is written in: modules, landscapes, and what went wrong in which release.

Releases of a landscape are counted from 1; `since`, `until` and the keys of every table below
are such numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.deployments.models import Strategy
from apps.scaling_policies.models import Metric
from apps.scaling_policies.operations import Bounds
from apps.services.models import ComponentType, ComputeTarget


@dataclass(frozen=True)
class Module:
    """One service through the year.

    `bounds` are (min, max) replicas, both `replicas` where absent. `pace` is the chance of a new
    version in a release. `by_digest` pins the image; `tag` is an image tag that stays whatever the
    version says.
    """

    name: str
    kind: ComponentType
    replicas: int
    version: str
    bounds: tuple[int, int] | None = None
    metric: Metric = Metric.CPU
    target: ComputeTarget = ComputeTarget.AKS
    endpoint: str = ""
    since: int = 1
    until: int = 0
    pace: float = 0.4
    by_digest: bool = False
    tag: str = ""

    def is_in(self, release: int) -> bool:
        return self.since <= release and (not self.until or release < self.until)

    def scaling(self, bounds: tuple[int, int] | None = None) -> Bounds:
        """What its policy says, with other bounds where they were changed."""
        low, high = bounds or self.bounds or (self.replicas, self.replicas)
        return Bounds(self.metric, low, high, 70 if self.metric == Metric.CPU else 80)


@dataclass(frozen=True)
class Failure:
    """A release that ended in `step` (counted from 1), with the last lines of that step's log."""

    step: int
    reason: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Ailment:
    """A service that is Degraded from some release on, until `healed` (0: to this day)."""

    module: str
    reason: str
    healed: int = 0


@dataclass(frozen=True)
class ByHand:
    """Replicas changed outside the pipeline some hours after a release, until the next one.

    `kept`: nobody took it back, so every later release repeats it.
    """

    module: str
    reason: str
    replicas: int
    kept: bool = False


@dataclass(frozen=True)
class Landscape:
    """What one tenant runs in one environment, release by release, ending some days before now.

    `turns` change the payload from a release on, by dotted path. `stopped` are {module: reason} of
    today; `unseen` were started and never observed. `rescaled` are new bounds of policies.
    """

    tenant: str
    environment: str
    releases: int
    every_days: float
    last_days_ago: float
    reference: str
    modules: Sequence[Module]
    payload: Mapping[str, Any]
    strategy: Strategy = Strategy.ROLLING
    turns: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    rescaled: Mapping[int, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    failures: Mapping[int, Failure] = field(default_factory=dict)
    rollbacks: Mapping[int, Failure] = field(default_factory=dict)
    ailments: Mapping[int, Ailment] = field(default_factory=dict)
    by_hand: Mapping[int, ByHand] = field(default_factory=dict)
    stopped: Mapping[str, str] = field(default_factory=dict)
    unseen: Sequence[str] = ()
    draft: Mapping[str, Any] = field(default_factory=dict)

    def quota(self) -> dict[str, int]:
        """Room for what every module may scale to, changes by hand included, and a fifth more."""
        most = sum(module.scaling().max_replicas for module in self.modules)
        most += sum(change.replicas for change in self.by_hand.values())
        most += sum(high for changes in self.rescaled.values() for _, high in changes.values())
        return {
            "computeReplicas": -(-most * 6 // 50) * 10,
            "storageGiB": 20 + 5 * len(self.modules),
            "throughputRps": 50 if self.environment == "common" else 200,
        }


@dataclass(frozen=True)
class Company:
    """A tenant, and its people by role."""

    slug: str
    name: str
    people: Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """An environment: `owner` is a tenant's slug or `platform`."""

    key: str
    owner: str
    project: str
    name: str
    region: str
    isolation: str
