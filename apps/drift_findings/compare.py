"""The comparison: what should be against what is. Pure; the same differences in the same order.

No difference without one: both sides are brought to one form first. Where an autoscaler governs,
any number of replicas within its bounds is right.
"""

from collections.abc import Iterator
from typing import Any

from .compare_configuration import compare_configuration
from .compare_records import Difference, Kind, State, Workload, pointer
from .compare_values import image, says_version, version_of

_SCALE = {
    "metric": "metric",
    "minReplicas": "min_replicas",
    "maxReplicas": "max_replicas",
    "targetUtilizationPercent": "target_utilization_percent",
}
# A cluster holds these at an amount, which is no percentage of anything it says.
_AMOUNTS = ("requests", "queue-length")


def compare(desired: State, observed: State) -> list[Difference]:
    """Workloads by name, then configuration by path. What could not be read is passed over."""
    found: list[Difference] = []
    for module_id in sorted({*desired.workloads, *observed.workloads}):
        if module_id not in observed.unread:
            wanted, seen = desired.workloads.get(module_id), observed.workloads.get(module_id)
            found += _workload(wanted, seen, observed)
    found += [
        one for one in compare_configuration(desired, observed)
        if one.module_id not in observed.unread
    ]  # fmt: skip
    return found


def _workload(
    wanted: Workload | None, seen: Workload | None, observed: State
) -> Iterator[Difference]:
    if wanted is None and seen is not None:
        yield _difference("unexpected", seen, None, _facts(seen))
    elif wanted is not None and seen is None:
        if not wanted.stopped:
            yield _difference("missing", wanted, _facts(wanted), None)
    elif wanted is not None and seen is not None:
        yield from _image(wanted, seen)
        yield from _replicas(wanted, seen)
        yield from _scaling(wanted, seen, observed)


def _image(wanted: Workload, seen: Workload) -> Iterator[Difference]:
    """An image that differs says its version itself; a version of its own is another matter."""
    if image(wanted.image) != image(seen.image):
        yield _difference("image", wanted, wanted.image, seen.image, "image")
    elif (
        wanted.version != seen.version
        and wanted.version != version_of(wanted.image)
        and says_version(seen.image)
    ):
        yield _difference("version", wanted, wanted.version, seen.version, "version")


def _replicas(wanted: Workload, seen: Workload) -> Iterator[Difference]:
    if not seen.counted:
        return
    right = 0 if wanted.stopped else wanted.replicas
    governed = (
        wanted.scale is not None and not wanted.stopped and wanted.scale.admits(seen.replicas)
    )
    if seen.replicas != right and not governed:
        yield _difference("replicas", wanted, right, seen.replicas, "replicas")


def _scaling(wanted: Workload, seen: Workload, observed: State) -> Iterator[Difference]:
    if (wanted.scale is None and seen.scale is None) or wanted.stopped:
        return
    if seen.scale is None and observed.autoscalers_unread:
        return
    for name, attribute in _SCALE.items():
        ours, theirs = getattr(wanted.scale, attribute, None), getattr(seen.scale, attribute, None)
        if name == "targetUtilizationPercent" and seen.scale and seen.scale.metric in _AMOUNTS:
            continue
        if ours != theirs:
            yield _difference("scaling", wanted, ours, theirs, "scaling", name)


def _difference(kind: Kind, of: Workload, desired: Any, observed: Any, *below: str) -> Difference:
    path = pointer(("services", of.module_id, *below))
    return Difference(kind, of.module_id, path, desired, observed)


def _facts(workload: Workload) -> dict[str, Any]:
    return {
        "image": workload.image, "version": workload.version, "replicas": workload.replicas,
    }  # fmt: skip
