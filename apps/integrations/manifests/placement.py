"""Namespace, ResourceQuota, LimitRange and NetworkPolicies of one binding.

A namespace is one binding's, in every isolation model: a quota counts by namespace. Which
namespaces may talk to each other is their network partition, a label: of `silo` and `pool` it is
one namespace's own, of `shared` all tenants of the environment have the same.
"""

from collections.abc import Iterator
from typing import Any

from .names import label_value, namespace_name
from .records import Placement

Manifest = dict[str, Any]
PREFIX = "runtime-portal"
PARTITION = f"{PREFIX}/network-partition"
COMPUTE = f"{PREFIX}/compute-placement"


def namespace_of(placement: Placement) -> str:
    """The network partition's name; where tenants share that, with the tenant's."""
    shared = placement.isolation_model == "shared"
    more = f"-{placement.tenant_id}" if shared else ""
    return namespace_name(f"{placement.network_partition}{more}")


def labels_of(placement: Placement) -> dict[str, str]:
    return {
        "app.kubernetes.io/managed-by": PREFIX,
        f"{PREFIX}/tenant": label_value(placement.tenant_id),
        f"{PREFIX}/environment": label_value(placement.environment_id),
    }


def manifest(placement: Placement, api: str, kind: str, name: str, **rest: Any) -> Manifest:
    """An object of the binding's namespace."""
    metadata = {
        "name": name, "namespace": namespace_of(placement), "labels": labels_of(placement),
    }  # fmt: skip
    if annotations := rest.pop("annotations", None):
        metadata["annotations"] = annotations
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def placement_manifests(placement: Placement) -> Iterator[Manifest]:
    yield _namespace(placement)
    yield _quota(placement)
    yield _limits(placement)
    yield from _policies(placement)


def _namespace(placement: Placement) -> Manifest:
    compute = label_value(placement.compute_placement)
    facts = {
        "environment-name": placement.environment_name, "project": placement.project,
        "region": placement.region,
    }  # fmt: skip
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": namespace_of(placement),
            "labels": labels_of(placement)
            | {
                f"{PREFIX}/stage": label_value(placement.stage),
                f"{PREFIX}/isolation-model": label_value(placement.isolation_model),
                PARTITION: label_value(placement.network_partition),
                COMPUTE: compute,
            },
            "annotations": {f"{PREFIX}/{name}": text for name, text in facts.items()}
            # What the PodNodeSelector admission plugin puts on every pod of the namespace.
            | {"scheduler.alpha.kubernetes.io/node-selector": f"{COMPUTE}={compute}"},
        },
    }


def _quota(placement: Placement) -> Manifest:
    """There also where nothing is limited: applied over an earlier one it lifts that one's limits.

    Kubernetes counts no requests a second, so that limit is told beside it.
    """
    hard = {}
    if placement.compute_replicas is not None:
        hard["pods"] = str(placement.compute_replicas)
    if placement.storage_gib is not None:
        hard["requests.storage"] = f"{placement.storage_gib}Gi"
    rps = placement.throughput_rps
    annotations = {} if rps is None else {f"{PREFIX}/throughput-rps": str(rps)}
    return manifest(
        placement, "v1", "ResourceQuota", "binding-quota",
        annotations=annotations, spec={"hard": hard},
    )  # fmt: skip


def _limits(placement: Placement) -> Manifest:
    """A utilization is a share of what is requested: without a request nothing can be scaled."""
    limits: list[dict[str, Any]] = [
        {"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "128Mi"}}
    ]
    if placement.storage_gib:
        limits.append(
            {"type": "PersistentVolumeClaim", "max": {"storage": f"{placement.storage_gib}Gi"}}
        )
    return manifest(placement, "v1", "LimitRange", "binding-limits", spec={"limits": limits})


def _policies(placement: Placement) -> Iterator[Manifest]:
    """Nothing is admitted, then the network partition, then the names of the cluster."""
    api, kind = "networking.k8s.io/v1", "NetworkPolicy"
    everything: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    yield manifest(placement, api, kind, "default-deny", spec=everything)
    partition = {PARTITION: label_value(placement.network_partition)}
    peers = [{"namespaceSelector": {"matchLabels": partition}}]
    yield manifest(
        placement, api, kind, "network-partition",
        spec=everything | {"ingress": [{"from": peers}], "egress": [{"to": peers}]},
    )  # fmt: skip
    dns = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    yield manifest(
        placement, api, kind, "cluster-dns",
        spec={"podSelector": {}, "policyTypes": ["Egress"],
              "egress": [{"to": [dns], "ports": ports}]},
    )  # fmt: skip
