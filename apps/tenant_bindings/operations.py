"""Every write to a binding but releasing (see release): the authority changes hands here."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from apps.core import audit, door
from apps.core.errors import Invalid, NotFound, Refused
from apps.environments.models import EnvironmentStatus, RuntimeEnvironment
from apps.tenant_bindings.models import QUOTA, RuntimeTenantBinding
from apps.tenants.models import Tenant, TenantStatus
from apps.tenants.operations import register_partition


def read_quota(quota: Mapping[str, Any]) -> dict[str, int | None]:
    """{column: limit} of {"computeReplicas": 40, …}: absent is unlimited, zero is none.

    Raises Invalid with every name that is not a quota and every value that is not a whole number.
    """
    fields = {
        f"quota.{name}": [f"is not a quota: choose from {', '.join(QUOTA)}"]
        for name in quota
        if name not in QUOTA
    }
    for name in QUOTA:
        value = quota.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            fields[f"quota.{name}"] = ["must be a whole number of 0 or more, or absent: unlimited"]
    if fields:
        raise Invalid("The quota cannot be read.", fields=fields)
    return {column: quota.get(name) for name, column in QUOTA.items()}


def request_binding(
    *, tenant_id: str, environment_id: UUID, quota: Mapping[str, Any]
) -> RuntimeTenantBinding:
    """Pending, with the partition's row; whoever made it then has the partition made.

    Raises NotFound, Invalid, and Refused where the environment is not Provisioned, the tenant is
    bound there already, or a silo has its tenant.
    """
    door.require("runtime.bindings.write")
    limits = read_quota(quota)
    with door.atomic():
        tenant = Tenant.objects.filter(tenant_id=tenant_id).first()
        if tenant is None or tenant_id == "platform":
            raise NotFound(f"There is no tenant '{tenant_id}'.")
        if tenant.status != TenantStatus.ACTIVE:
            raise Refused(f"{tenant_id} is {tenant.status}: it takes no new binding.")
        # Locked, so that the copies made of it are kept by whoever moves it next.
        environment = (
            RuntimeEnvironment.objects.select_for_update().filter(id=environment_id).first()
        )
        if environment is None:
            raise NotFound(f"There is no environment {environment_id}.")
        if environment.status != EnvironmentStatus.PROVISIONED:
            raise Refused(f"{environment.name} is {environment.status}, not Provisioned.")
        try:
            with door.atomic():
                binding = RuntimeTenantBinding.objects.create(
                    tenant=tenant,
                    environment=environment,
                    isolation_model=environment.isolation_model,
                    environment_name=environment.name,
                    environment_project=environment.project_id,
                    environment_status=environment.status,
                    stage=environment.stage,
                    region=environment.region,
                    **limits,
                )
        except IntegrityError as error:
            raise Refused(
                f"{tenant_id} is bound to {environment.name} already, or its silo is taken."
            ) from error
        register_partition(tenant_id=tenant_id, schema=binding.data_partition)
        _audit(binding, "binding.requested", after=binding.as_api())
    return binding


def activate_binding(binding_id: UUID) -> RuntimeTenantBinding:
    """Pending → Active: its partition stands."""
    return _move(binding_id, "activate", "binding.activated")


def suspend_binding(binding_id: UUID, *, reason: str = "") -> RuntimeTenantBinding:
    """Active → Suspended: reads only, from the next statement of whoever is at work."""
    return _move(binding_id, "suspend", "binding.suspended", reason)


def resume_binding(binding_id: UUID, *, reason: str = "") -> RuntimeTenantBinding:
    """Suspended → Active."""
    return _move(binding_id, "resume", "binding.resumed", reason)


def change_quota(
    binding_id: UUID, *, quota: Mapping[str, Any], reason: str = ""
) -> RuntimeTenantBinding:
    """Sets all three limits; Refused for a Released binding."""
    door.require("runtime.bindings.write")
    limits = read_quota(quota)
    with door.atomic():
        binding = locked(binding_id)
        if binding.status == "Released":
            raise Refused("A Released binding has no quota to change.")
        before = binding.quota
        for column, value in limits.items():
            setattr(binding, column, value)
        if binding.quota != before:
            binding.save(update_fields=list(limits))
            _audit(
                binding, "binding.quota_changed", before=before, after=binding.quota, reason=reason
            )
    return binding


def locked(binding_id: UUID) -> RuntimeTenantBinding:
    """The row, locked until the commit; NotFound where there is none to be seen."""
    try:
        return RuntimeTenantBinding.objects.select_for_update().get(id=binding_id)
    except RuntimeTenantBinding.DoesNotExist as error:
        raise NotFound(f"There is no binding {binding_id}.") from error


def _move(binding_id: UUID, verb: str, action: str, reason: str = "") -> RuntimeTenantBinding:
    door.require("runtime.bindings.write")
    with door.atomic():
        binding = locked(binding_id)
        before = binding.status
        binding.move(verb)
        binding.save(update_fields=["status"])
        _audit(
            binding,
            action,
            before={"status": before},
            after={"status": binding.status},
            reason=reason,
        )
    return binding


def _audit(binding: RuntimeTenantBinding, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="binding",
        object_id=binding.id,
        environment_id=binding.environment_id,
        tenant_id=binding.tenant_id,
        **values,
    )
