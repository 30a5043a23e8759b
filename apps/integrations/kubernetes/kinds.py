"""Which kinds are read, in which apiVersions of 2016 to now, and which are not needed.

Everything else is listed as not understood: custom resources and their definitions, Routes and
HTTPRoutes, ReplicationControllers, and known kinds in unknown groups (a Knative Service).
"""

_EXTENSIONS = "extensions/v1beta1"
_APPS = ("apps/v1beta2", "apps/v1")
_JOBS = ("batch/v1",)

UNDERSTOOD: dict[str, tuple[str, ...]] = {
    "Deployment": (_EXTENSIONS, "apps/v1beta1", *_APPS),
    "StatefulSet": ("apps/v1beta1", *_APPS),
    "DaemonSet": (_EXTENSIONS, *_APPS),
    "ReplicaSet": (_EXTENSIONS, *_APPS),
    "Job": (_EXTENSIONS, *_JOBS),
    "CronJob": ("batch/v2alpha1", "batch/v1beta1", *_JOBS),
    "Pod": ("v1",),
    "HorizontalPodAutoscaler": (
        "autoscaling/v1",
        "autoscaling/v2beta1",
        "autoscaling/v2beta2",
        "autoscaling/v2",
    ),
    "Service": ("v1",),
    "Ingress": (_EXTENSIONS, "networking.k8s.io/v1beta1", "networking.k8s.io/v1"),
    "ConfigMap": ("v1",),
    "Secret": ("v1",),
}

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")
# What a controller makes for itself: with an owner that is understood, no service of its own.
# The others keep being services when an operator's resource owns them.
MADE_BY_CONTROLLERS = ("ReplicaSet", "Job", "Pod")

# Understood, and nothing in them belongs to a release: (group, kind) and why.
NOT_NEEDED: dict[tuple[str, str], str] = {
    ("", "Namespace"): "a name for others",
    ("", "ServiceAccount"): "an identity, no setting of a service",
    ("", "PersistentVolume"): "storage, which a release does not describe",
    ("", "PersistentVolumeClaim"): "storage, which a release does not describe",
    ("", "ResourceQuota"): "the binding's quota is the portal's own",
    ("", "LimitRange"): "the binding's quota is the portal's own",
    ("", "Endpoints"): "the cluster writes it from a Service",
    ("", "Event"): "a message, no wish",
    ("apps", "ControllerRevision"): "the cluster writes it from a workload",
    ("coordination.k8s.io", "Lease"): "a lock, no wish",
    ("discovery.k8s.io", "EndpointSlice"): "the cluster writes it from a Service",
    ("extensions", "NetworkPolicy"): "placement derives from the binding",
    ("networking.k8s.io", "IngressClass"): "belongs to the cluster",
    ("networking.k8s.io", "NetworkPolicy"): "placement derives from the binding",
    ("extensions", "PodSecurityPolicy"): "a rule of the cluster",
    ("policy", "PodSecurityPolicy"): "a rule of the cluster",
    ("policy", "PodDisruptionBudget"): "how to evict, not what runs",
    ("rbac.authorization.k8s.io", "ClusterRole"): "rights in the cluster",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "rights in the cluster",
    ("rbac.authorization.k8s.io", "Role"): "rights in the cluster",
    ("rbac.authorization.k8s.io", "RoleBinding"): "rights in the cluster",
    ("scheduling.k8s.io", "PriorityClass"): "belongs to the cluster",
    ("storage.k8s.io", "StorageClass"): "belongs to the cluster",
}


def group(api_version: str) -> str:
    """The part before the version; the core group has none."""
    before, slash, _ = api_version.rpartition("/")
    return before if slash else ""


def not_needed(api_version: str, kind: str) -> bool:
    return (group(api_version), kind) in NOT_NEEDED


def refusal(api_version: str, kind: str) -> str:
    """Why an object cannot be read; empty where it can."""
    if kind not in UNDERSTOOD:
        return "This kind is not understood."
    if api_version not in UNDERSTOOD[kind]:
        said = api_version[:80] or "none"
        return f"This kind is not understood in the apiVersion {said!r}."
    return ""
