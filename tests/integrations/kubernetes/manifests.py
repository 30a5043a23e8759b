"""Short manifests for the tests, and the way to the shared data where it is present."""

import json
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest

from apps.integrations.kubernetes.records import Release, Service, Source
from apps.integrations.kubernetes.release import read_release

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))


def shared(*paths: str) -> Release:
    """A release from files of the shared data; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip(f"No shared data in {SHARED}: set SHARED_DATA.")
    files = [SHARED / path for path in paths]
    return read_release([Source(one.name, one.read_bytes()) for one in files], vault="acme")


def release(*texts: str | dict[str, Any]) -> Release:
    """A release from texts (YAML) and objects (JSON), each a file: 1.yaml, 2.json …"""
    sources = []
    for number, one in enumerate(texts, start=1):
        written = textwrap.dedent(one) if isinstance(one, str) else json.dumps(one)
        name = f"{number}.yaml" if isinstance(one, str) else f"{number}.json"
        sources.append(Source(name, written.encode()))
    return read_release(sources, vault="acme")


def service(found: Release, module_id: str) -> Service:
    return next(one for one in found.services if one.module_id == module_id)


def reasons(found: Release) -> list[tuple[str, str]]:
    """(name, reason) of what was not understood."""
    return [(one.name, one.reason) for one in found.not_understood]


def items(*objects: dict[str, Any]) -> dict[str, Any]:
    """What `kubectl get -o json` wraps around them."""
    return {"apiVersion": "v1", "kind": "List", "items": list(objects)}


def workload(name: str = "api", kind: str = "Deployment", **more: Any) -> dict[str, Any]:
    """A workload of one container. `pod`, `spec`, `container` and `metadata` add to those parts."""
    container = {"name": name, "image": "team/api:1.0"} | more.get("container", {})
    template = {
        "metadata": {"labels": {"app": name}} | more.get("template_metadata", {}),
        "spec": {"containers": [container]} | more.get("pod", {}),
    }
    spec: dict[str, Any] = {"template": template} | more.get("spec", {})
    version = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
    if kind == "CronJob":
        spec = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}}
        spec |= more.get("spec", {})
    metadata = {"name": name} | more.get("metadata", {})
    body = {"apiVersion": more.get("version", version), "kind": kind}
    return body | {"metadata": metadata, "spec": spec, "status": more.get("status", {})}


def service_object(name: str = "api", **more: Any) -> dict[str, Any]:
    spec = {"selector": {"app": name}, "ports": [{"port": 80}]} | more.get("spec", {})
    metadata = {"name": name} | more.get("metadata", {})
    body = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    return body | {"status": more.get("status", {})}


def autoscaler(name: str = "api", version: str = "autoscaling/v2", **spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return {
        "apiVersion": version,
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5} | spec,
    }


def config_map(name: str = "settings", **data: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
