"""HorizontalPodAutoscalers. One that is not understood as a whole changes nothing.

Its limits count only with its metric: a maximum of 50 for an unknown reason is no policy.
"""

from collections.abc import Container
from dataclasses import dataclass

from .fields import Odd, mapping, text, whole
from .metrics import DEFAULT_TARGET, UNDECLARED, Wanted, read_metrics
from .objects import Object
from .records import METRICS, Scaling

Target = tuple[str, str, str]  # namespace, kind, name
TARGETS = ("Deployment", "StatefulSet", "ReplicaSet")
# What an old API server keeps of a v2 autoscaler that is asked for as v1: metrics v1 cannot say.
_HIDDEN_METRICS = "autoscaling.alpha.kubernetes.io/metrics"

# What export_manifests says of a policy that goes down to none: no autoscaler may.
_LEAST = "runtime-portal/min-replicas"


@dataclass(frozen=True)
class Autoscaler:
    target: Target
    scaling: Scaling
    remarks: tuple[str, ...]  # What of it could not be taken over.


def without_autoscaler(replicas: int) -> Scaling:
    """The policy that changes nothing: min = max = replicas."""
    return Scaling("cpu", replicas, replicas, DEFAULT_TARGET)


def read_autoscaler(source: Object, workloads: Container[Target]) -> Autoscaler:
    """Raises Odd where it has no target among the workloads or no sense.

    The target's apiVersion is not compared: autoscalers keep the one they were written with.
    """
    spec = mapping(source.body, "spec")
    reference = mapping(spec, "scaleTargetRef")
    kind, name = text(reference, "kind"), text(reference, "name")
    target = (source.namespace, kind, name)
    if kind not in TARGETS or target not in workloads:
        at = f"{source.namespace}/{name}" if source.namespace else name
        raise Odd(f"Its target {kind[:80] or 'without a kind'} {at[:253]!r} was not read.")
    most = whole(spec, "maxReplicas", None, least=1)
    least = 0 if _goes_to_zero(source) else whole(spec, "minReplicas", 1)
    if least > most:
        raise Odd("minReplicas is above maxReplicas.")
    understood, remarks = _metrics(source)
    if not understood:
        raise Odd(" ".join(remarks))
    # A policy has one metric. The order is METRICS', not the file's: a server may reorder them.
    chosen, *rest = sorted(understood, key=lambda one: METRICS.index(one.metric))
    remarks += [f"A policy has one metric: {one.metric} is left out." for one in rest]
    if chosen.remark:
        remarks.append(chosen.remark)
    scaling = Scaling(chosen.metric, least, most, chosen.percent)
    return Autoscaler(target, scaling, tuple(remarks))


def _goes_to_zero(source: Object) -> bool:
    return mapping(source.body, "metadata", "annotations").get(_LEAST) == "0"


def _metrics(source: Object) -> tuple[list[Wanted], list[str]]:
    spec = mapping(source.body, "spec")
    if source.api_version != "autoscaling/v1":
        return read_metrics(spec)
    hidden = _HIDDEN_METRICS in mapping(source.body, "metadata", "annotations")
    remarks = ["It has metrics in an annotation."] if hidden else []
    if hidden and spec.get("targetCPUUtilizationPercentage") is None:
        return [], remarks
    percent = whole(spec, "targetCPUUtilizationPercentage", UNDECLARED.percent, least=1)
    if percent > 100:
        return [], [*remarks, f"Its target of {percent} percent is above 100."]
    return [Wanted("cpu", percent)], remarks
