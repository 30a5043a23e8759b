"""What both Django admins register, with one row of each kind."""

from apps.configurations.models import RuntimeConfiguration
from apps.core.models import AuditEntry
from apps.deployments.models import RuntimeDeployment
from apps.drift_findings.models import DriftCheck, IgnoreRule, RuntimeDriftFinding
from apps.environments.models import RuntimeEnvironment
from apps.freezes.models import Freeze
from apps.health_results.models import HealthCheckResult
from apps.people.models import ApiClient, Membership, Person
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenants.models import DataPartition, Tenant, Vault

PLATFORM = (
    Tenant, DataPartition, Vault, RuntimeEnvironment, RuntimeTenantBinding, Person, Membership,
    ApiClient, Freeze, AuditEntry,
)  # fmt: skip
TENANT = (
    RuntimeService, RuntimeDeployment, RuntimeConfiguration, ScalingPolicy, HealthCheckResult,
    Freeze, AuditEntry,
)  # fmt: skip
TENANT = (
    RuntimeService, RuntimeDeployment, RuntimeConfiguration, ScalingPolicy, RuntimeDriftFinding,
    DriftCheck, IgnoreRule, AuditEntry,
)  # fmt: skip


def list_path(model: type, site: str = "/platform/admin/") -> str:
    meta = model._meta  # type: ignore[attr-defined]
    return f"{site}{meta.app_label}/{meta.model_name}/"


def partition_site(tenant: str, kind: str) -> str:
    return f"/t/{tenant}/admin/{kind}/"
