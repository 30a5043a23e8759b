"""Three checks of one environment of the demo, and what people made of what they found.

What was "seen" is made from what should run, with a few things changed by hand as it happens.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.core import door
from apps.core.access import Actor
from apps.drift_findings.detection import detect_drift
from apps.drift_findings.operations import acknowledge_finding, create_ignore_rule
from apps.integrations.kubernetes.records import Source
from apps.scaling_policies.models import Metric, ScalingPolicy
from apps.services.models import RuntimeService
from apps.services.operations import live_services
from runtime_portal.demo.clock import Moment, Script

TENANT = "brindlecart"
PLACE = "pool"
_SHELL = ("registry.example/tools/debug-shell:0.3", 1)
# As the retailer's configuration has them; somebody types a nought too many.
_SETTINGS = {"SEARCH_TIMEOUT_MS": "800", "BANNER": "spring", "CHECKOUT_MAX_ITEMS": "50"}
_MISTYPED = {**_SETTINGS, "CHECKOUT_MAX_ITEMS": "500"}
_METRICS = {
    Metric.REQUESTS: ("Pods", "http_requests_per_second"),
    Metric.QUEUE_LENGTH: ("External", "queue_length"),
}


def drift_story(now: datetime, person: Actor, pipeline: Actor) -> Script:
    """In line but for a shell that somebody left there; then a hotfix, and changes by hand."""
    yield Moment(now - timedelta(hours=44), pipeline)
    [shell] = detect_drift(sources=[_seen({"debug-shell": _SHELL}, _SETTINGS)]).unresolved
    yield Moment(now - timedelta(hours=43), person)
    create_ignore_rule(
        path_prefix=shell.path,
        kind=shell.kind,
        reason="the platform team looks for the slow checkout; it goes when they are done",
        owner="platform team",
        expires_at=now + timedelta(days=21),
    )
    yield Moment(now - timedelta(hours=20), pipeline)
    hotfix = f"registry.example/{TENANT}/storefront:33.9.1-hotfix"
    seen = {"debug-shell": _SHELL, "storefront": (hotfix, 4), "basket": ("", 11), "orders": ("", 1)}
    found = {one.path: one for one in detect_drift(sources=[_seen(seen, _MISTYPED)]).unresolved}
    yield Moment(now - timedelta(hours=18), person)
    acknowledge_finding(
        found["/services/storefront/image"].id,
        reason="hotfix of the night for prices without a currency; release 21 brings it",
    )
    yield Moment(now - timedelta(hours=3), pipeline)
    del seen["orders"]  # somebody has put it right
    detect_drift(sources=[_seen(seen, _MISTYPED)])


def _seen(changes: Mapping[str, tuple[str, int]], settings: Mapping[str, str]) -> Source:
    """What runs and is not stopped, as a cluster prints it; an empty image is the recorded one."""
    services = {n: s for n, s in live_services().items() if s.status != "Stopped"}
    items = [_config_map(settings)]
    for name in sorted({*services, *changes}):
        service = services.get(name)
        image, replicas = changes.get(name, ("", service.replicas if service else 1))
        items.append(_deployment(name, image or (service.image if service else ""), replicas))
    here = {"environment_id": door.environment(), "service__in": list(services.values())}
    for policy in ScalingPolicy.objects.select_related("service").filter(**here):
        if policy.min_replicas != policy.max_replicas:
            items.append(_autoscaler(policy.service, policy))
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    return Source("pool-prod.json", json.dumps(listed).encode())


def _deployment(name: str, image: str, replicas: int) -> dict[str, Any]:
    container = {"name": name, "image": image, "imagePullPolicy": "IfNotPresent"}
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": TENANT},
        "spec": {"replicas": replicas, "template": template},
        "status": {"readyReplicas": replicas},
    }


def _autoscaler(service: RuntimeService, policy: ScalingPolicy) -> dict[str, Any]:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": service.module_id, "namespace": TENANT},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1", "kind": "Deployment", "name": service.module_id,
            },
            "minReplicas": policy.min_replicas,
            "maxReplicas": policy.max_replicas,
            "metrics": [_metric(policy)],
        },
    }  # fmt: skip


def _metric(policy: ScalingPolicy) -> dict[str, Any]:
    if found := _METRICS.get(Metric(policy.metric)):
        kind, name = found
        target = {"type": "AverageValue", "averageValue": "100"}
        return {"type": kind, kind.lower(): {"metric": {"name": name}, "target": target}}
    percent = policy.target_utilization_percent
    return {
        "type": "Resource",
        "resource": {
            "name": policy.metric,
            "target": {"type": "Utilization", "averageUtilization": percent},
        },
    }


def _config_map(settings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "storefront-settings", "namespace": TENANT},
        "data": dict(settings),
    }
