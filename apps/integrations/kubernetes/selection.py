"""Which workloads a label selector selects, without comparing each with each."""

from collections.abc import Iterable

from .fields import Odd
from .limits import MAX_COMPARISONS, MAX_SELECTED
from .objects import Object
from .records import UnreadableManifest
from .workloads import Workload


class Selection:
    """Workloads by each of their labels; a selector looks only at those of its rarest label."""

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self._labelled: dict[tuple[str, str, str], list[Workload]] = {}
        self._left = MAX_COMPARISONS
        for workload in workloads:
            for label in workload.labels.items():
                key = (workload.source.namespace, *label)
                self._labelled.setdefault(key, []).append(workload)

    def modules(self, service: Object, selector: dict[str, str]) -> list[str]:
        """Raises Odd where they are too many to be meant, UnreadableManifest where all are."""
        labels = ((service.namespace, *label) for label in selector.items())
        candidates = min((self._labelled.get(label, []) for label in labels), key=len)
        self._left -= len(candidates)
        if self._left < 0:
            reason = "the Services select too many workloads"
            raise UnreadableManifest(service.file, service.document, reason)
        found = [one for one in candidates if selector.items() <= one.labels.items()]
        if len(found) > MAX_SELECTED:
            raise Odd(f"It selects more than {MAX_SELECTED} workloads.")
        return [one.source.name for one in found]
