"""A release as another tool prints it: what `kubectl get -o json` makes of manifests.

Other key order, JSON, one List, defaults filled in, quantities written otherwise, images by their
whole name, and what the cluster makes for itself. The meaning is the same.
"""

import json
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from apps.integrations.kubernetes.records import Source

_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30}


def documents_of(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def printed(documents: list[dict[str, Any]], rng: random.Random) -> Source:
    """Everything at once, in an order that the generator chooses."""
    items = [item for one in documents for item in _with_what_it_makes(_defaulted(one, rng))]
    rng.shuffle(items)
    listed = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}}
    return Source("all.json", json.dumps(shuffled({**listed, "items": items}, rng)).encode())


def shuffled(value: Any, rng: random.Random) -> Any:
    """Every mapping in another order of its keys; lists stay, for their order may count."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    if isinstance(value, list):
        return [shuffled(one, rng) for one in value]
    return value


def _defaulted(original: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    one = json.loads(json.dumps(original))
    one["metadata"] |= {
        "namespace": "default",
        "creationTimestamp": "2026-07-13T10:40:02Z",
        "uid": str(rng.random()),
        "resourceVersion": str(rng.randrange(10**6)),
        "generation": 3,
        "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {}}}],
    }
    spec = one.get("spec") or {}
    if one["kind"] in ("Deployment", "StatefulSet"):
        spec.setdefault("replicas", 1)
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)
        spec.setdefault("strategy", {"type": "RollingUpdate"})
        spec["template"]["metadata"]["creationTimestamp"] = None
        _default_pod(spec["template"]["spec"], rng)
        one["status"] = {"replicas": 1, "readyReplicas": 1, "observedGeneration": 3}
    if one["kind"] == "Service":
        spec.setdefault("type", "ClusterIP")
        spec |= {"clusterIP": "10.0.12.7", "sessionAffinity": "None", "ipFamilies": ["IPv4"]}
        for port in spec.get("ports", []):
            port.setdefault("protocol", "TCP")
        balancer = {"ingress": [{"ip": "203.0.113.9"}]} if spec["type"] == "LoadBalancer" else {}
        one["status"] = {"loadBalancer": balancer}
    return one


def _default_pod(pod: dict[str, Any], rng: random.Random) -> None:
    for key, value in {
        "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default",
        "terminationGracePeriodSeconds": 30, "securityContext": {},
    }.items():  # fmt: skip
        pod.setdefault(key, value)
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        container.setdefault("imagePullPolicy", "IfNotPresent")
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        container.setdefault("resources", {})
        container["image"] = _whole_name(container["image"])
        for port in container.get("ports", []):
            port.setdefault("protocol", "TCP")
        rng.shuffle(container.get("ports", []))
        for part in ("requests", "limits"):
            if found := container["resources"].get(part):
                container["resources"][part] = {k: requantified(v, rng) for k, v in found.items()}


def _whole_name(image: str) -> str:
    host = image.partition("/")[0]
    if "/" in image and ("." in host or ":" in host):
        return image
    path = image if "/" in image else f"library/{image}"
    tagged = ":" in path or "@" in path
    return f"docker.io/{path}" + ("" if tagged else ":latest")


def requantified(written: Any, rng: random.Random) -> Any:
    """The same quantity, written as somebody else would."""
    text = str(written)
    if text.endswith("m"):
        thousandths = int(text[:-1])
        return rng.choice([text, f"{thousandths / 1000:g}", thousandths / 1000])
    for unit, power in _BINARY.items():
        if text.endswith(unit):
            size = int(Fraction(text.removesuffix(unit)) * 2**power)
            return rng.choice([text, str(size), f"{size // 1024}Ki", size])
    return written


def _with_what_it_makes(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A ReplicaSet and a Pod for each Deployment, a Pod for each StatefulSet."""
    yield one
    if one["kind"] not in ("Deployment", "StatefulSet"):
        return
    owner, template = one, one["spec"]["template"]
    if one["kind"] == "Deployment":
        owner = _owned(one, "ReplicaSet", "apps/v1", {"replicas": 1, "template": template})
        yield owner
    yield _owned(owner, "Pod", "v1", template["spec"])
    yield {
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "kube-root-ca.crt", "namespace": "default"}, "data": {"ca.crt": "x"},
    }  # fmt: skip


def _owned(
    owner: dict[str, Any], kind: str, api_version: str, spec: dict[str, Any]
) -> dict[str, Any]:
    reference = {
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": True,
        "name": owner["metadata"]["name"],
    }  # fmt: skip
    metadata = {
        "name": f"{owner['metadata']['name']}-5d4c",
        "namespace": "default",
        "ownerReferences": [reference],
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
