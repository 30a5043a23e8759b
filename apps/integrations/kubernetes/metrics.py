"""What an autoscaler of autoscaling/v2 and its betas watches, as a policy can say it.

A policy has a percentage. Resource metrics have one, too; custom metrics have an amount, so
their percentage is 100 (of that amount) and the amount is told as left out.
"""

import re
from dataclasses import dataclass
from typing import Any

from .fields import Odd, mapping, mappings, text, whole
from .records import Metric


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Kubernetes' own, in v1 as in v2, where an autoscaler names no metric.
DEFAULT_TARGET = 80

_PERCENT = re.compile(r"[1-9][0-9]?|100", re.ASCII)
_QUEUE_WORDS = _set("length depth size messages ready backlog")
# A count of requests that went wrong, or their time, is not how many there are.
_NOT_REQUESTS = _set("duration latency seconds error errors failed failure bytes size memory cpu")


@dataclass(frozen=True)
class Wanted:
    metric: Metric
    percent: int
    remark: str = ""


UNDECLARED = Wanted("cpu", DEFAULT_TARGET)
# Metrics that are percentages, as export_manifests names them: (type, name) and what they watch.
_PERCENTAGES: dict[tuple[str, str], Metric] = {
    ("Pods", "requests_utilization_percent"): "requests",
    ("External", "queue_length_utilization_percent"): "queue-length",
}


def read_metrics(spec: dict[str, Any]) -> tuple[list[Wanted], list[str]]:
    """(what is understood, why the rest is not)."""
    metrics = mappings(spec, "metrics")
    if not metrics:
        return [UNDECLARED], []
    understood: list[Wanted] = []
    remarks: list[str] = []
    for metric in metrics:
        try:
            understood.append(_target(metric))
        except Odd as error:
            remarks.append(str(error))
    return understood, remarks


def _target(metric: dict[str, Any]) -> Wanted:
    kind = text(metric, "type")
    if kind == "Resource":
        return _resource(mapping(metric, "resource"))
    if kind in ("Pods", "Object", "External"):
        found = mapping(metric, kind.lower())
        # v2beta1 has metricName; v2beta2 and v2 have metric.name.
        name = text(mapping(found, "metric"), "name") or text(found, "metricName")
        if (kind, name) in _PERCENTAGES:
            return Wanted(_PERCENTAGES[kind, name], _percentage(mapping(found, "target"), name))
        return Wanted(_named(name), 100, f"The amount that {name[:80]!r} is held at is left out.")
    raise Odd(f"A metric of the type {kind[:80]!r} is not understood.")


def _resource(resource: dict[str, Any]) -> Wanted:
    name = text(resource, "name")
    percent = whole(mapping(resource, "target"), "averageUtilization", 0)
    percent = percent or whole(resource, "targetAverageUtilization", 0)
    if name not in ("cpu", "memory"):
        raise Odd(f"The resource {name[:80]!r} is no metric of a policy.")
    if not 1 <= percent <= 100:
        raise Odd(f"The target for {name} is no percentage from 1 to 100.")
    return Wanted("cpu" if name == "cpu" else "memory", percent)


def _percentage(target: dict[str, Any], name: str) -> int:
    written = text(target, "averageValue")
    if not _PERCENT.fullmatch(written):
        raise Odd(f"The target for {name} is no percentage from 1 to 100.")
    return int(written)


def _named(name: str) -> Metric:
    """Only where the name plainly says it: http_requests_per_second, rabbitmq_queue_length."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if {"requests", "rps"} & words and not _NOT_REQUESTS & words:
        return "requests"
    if "queue" in words and _QUEUE_WORDS & words:
        return "queue-length"
    raise Odd(f"What the metric {name[:80]!r} counts is not plain from its name.")
