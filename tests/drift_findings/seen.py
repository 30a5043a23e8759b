"""What was seen in a cluster, in short: `seen({"cart": ("registry.test/cart:1.0", 2)})`."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.drift_findings.detection import Checked, detect_drift
from apps.drift_findings.operations import create_ignore_rule
from apps.integrations.kubernetes.records import Source
from apps.services.operations import ServiceSpec, create_services

# What the world's services are: see tests/world.py.
IN_LINE = {"cart": ("registry.test/cart:1.0", 2), "web": ("registry.test/web:1.0", 3)}


def deployment(name: str, image: str, replicas: int = 1, **container: Any) -> dict[str, Any]:
    """`container` adds to its only container."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": image, **container}]},
            },
        },
    }


def seen(workloads: Mapping[str, tuple[str, int]], *more: dict[str, Any]) -> Source:
    """As `kubectl get -o json` has them."""
    items = [deployment(name, image, n) for name, (image, n) in workloads.items()]
    listed = {"apiVersion": "v1", "kind": "List", "items": [*items, *more]}
    return Source("seen.json", json.dumps(listed).encode())


def look(*more: dict[str, Any], **workloads: tuple[str, int]) -> Checked:
    """A check of the environment entered that saw the world's services but for what is given."""
    return detect_drift(sources=[seen({**IN_LINE, **workloads}, *more)])


def look_for_the_first_time() -> None:
    """Of the world: web was seen with 5 replicas instead of 3, and a rule hides what is nowhere."""
    look(web=("registry.test/web:1.0", 5))
    create_ignore_rule(module_id="nowhere", reason="an example", expires_at=in_days(30))


def make_services() -> dict[str, UUID]:
    """Cart and web, as in the world, in the environment entered: {moduleId: serviceId}."""
    specs = [ServiceSpec(name, image, "1.0", n) for name, (image, n) in IN_LINE.items()]
    return {service.module_id: service.id for service in create_services(specs)}


def in_days(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)
