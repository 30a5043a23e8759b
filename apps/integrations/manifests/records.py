"""What manifests are made of: plain facts, so that making them asks no database."""

from dataclasses import dataclass

# Compute targets whose replicas Kubernetes scales.
SCALED = ("aks", "kubernetes")


@dataclass(frozen=True)
class Placement:
    """One binding. A quota that is None is unlimited."""

    tenant_id: str
    environment_id: str
    environment_name: str
    project: str
    stage: str
    region: str
    isolation_model: str
    network_partition: str
    compute_placement: str
    compute_replicas: int | None = None
    storage_gib: int | None = None
    throughput_rps: int | None = None


@dataclass(frozen=True)
class Scaled:
    """One live service with the bounds of its policy."""

    module_id: str
    compute_target: str
    metric: str
    min_replicas: int
    max_replicas: int
    target_utilization_percent: int

    @property
    def left_out(self) -> str:
        """Why there can be no autoscaler of it; empty where there can."""
        if self.compute_target not in SCALED:
            return f"it runs on {self.compute_target}, which Kubernetes does not scale"
        if self.max_replicas == 0:
            return "its maxReplicas is 0, and an autoscaler has at least 1"
        return ""
