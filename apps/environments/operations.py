"""Every write to an environment; each keeps the copies that its bindings carry."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError

from apps.core import audit, door
from apps.core.access import PLATFORM
from apps.core.errors import Invalid, NotFound, Refused
from apps.environments.models import IsolationModel, RuntimeEnvironment, Stage
from apps.tenant_bindings.models import BindingStatus, RuntimeTenantBinding
from apps.tenants.models import Tenant


def request_environment(
    *,
    tenant_id: str,
    project_id: str,
    name: str,
    stage: str,
    region: str,
    isolation_model: str,
    pulumi_stack_ref: str = "",
) -> RuntimeEnvironment:
    """Requested. Invalid names each field that is wrong; Refused where the name is taken."""
    door.require("runtime.environments.write")
    fields = {
        field: [f"must be {least} to {most} characters"]
        for field, value, least, most in (
            ("projectId", project_id, 1, 80),
            ("name", name, 1, 80),
            ("region", region, 1, 40),
            ("pulumiStackRef", pulumi_stack_ref, 0, 200),
        )
        if not least <= len(value.strip()) <= most
    }
    if stage not in Stage.values:
        fields["stage"] = [f"must be one of {', '.join(Stage.values)}"]
    if isolation_model not in IsolationModel.values:
        fields["isolationModel"] = [f"must be one of {', '.join(IsolationModel.values)}"]
    if fields:
        raise Invalid("The environment cannot be made as asked.", fields=fields)
    if not Tenant.objects.filter(tenant_id=tenant_id).exists():
        raise NotFound(f"There is no tenant '{tenant_id}'.")
    try:
        with door.atomic():
            environment = RuntimeEnvironment.objects.create(
                tenant_id=tenant_id,
                project_id=project_id.strip(),
                name=name.strip(),
                stage=stage,
                region=region.strip(),
                isolation_model=isolation_model,
                pulumi_stack_ref=pulumi_stack_ref.strip(),
            )
            _audit(environment, "environment.requested", after=describe(environment))
    except IntegrityError as error:
        raise Refused(
            f"{tenant_id} already has an environment '{name}' in {project_id}."
        ) from error
    return environment


def provision_environment(environment_id: UUID) -> RuntimeEnvironment:
    """Requested or Failed → Provisioning."""
    return _move(environment_id, "provision", "environment.provisioning")


def complete_environment(environment_id: UUID) -> RuntimeEnvironment:
    """Provisioning → Provisioned: from now on it takes bindings and deployments."""
    return _move(environment_id, "complete", "environment.provisioned")


def fail_environment(environment_id: UUID, *, reason: str) -> RuntimeEnvironment:
    """Provisioning → Failed."""
    return _move(environment_id, "fail", "environment.failed", reason=reason)


def abandon_environment(environment_id: UUID) -> RuntimeEnvironment:
    """Requested or Failed → Decommissioned, at once: nothing was ever in it."""
    return _move(environment_id, "abandon", "environment.abandoned")


def decommission_environment(environment_id: UUID) -> RuntimeEnvironment:
    """Provisioned → Decommissioning: no new deployment from this moment on."""
    return _move(environment_id, "decommission", "environment.decommissioning")


def finish_decommissioning_environment(environment_id: UUID) -> RuntimeEnvironment:
    """Decommissioning → Decommissioned; Refused while a binding is not Released."""
    door.require("runtime.environments.write")
    with door.atomic():
        locked(environment_id)
        if (
            RuntimeTenantBinding.objects.filter(environment_id=environment_id)
            .exclude(status=BindingStatus.RELEASED)
            .exists()
        ):
            raise Refused("Bindings of this environment are not released yet.")
        return _move(environment_id, "finish_decommissioning", "environment.decommissioned")


def create_environment(**fields: Any) -> RuntimeEnvironment:
    """Makes and provisions one: request, provision, complete, in one transaction."""
    with door.atomic():
        environment = request_environment(**fields)
        provision_environment(environment.id)
        return complete_environment(environment.id)


def locked(environment_id: UUID) -> RuntimeEnvironment:
    """The row, locked until the commit; NotFound where there is none to be seen."""
    try:
        return RuntimeEnvironment.objects.select_for_update().get(id=environment_id)
    except RuntimeEnvironment.DoesNotExist as error:
        raise NotFound(f"There is no environment {environment_id}.") from error


def describe(environment: RuntimeEnvironment) -> dict[str, Any]:
    """The environment in its API shape."""
    return {
        "environmentId": str(environment.id),
        "tenantId": environment.tenant_id,
        "projectId": environment.project_id,
        "name": environment.name,
        "stage": environment.stage,
        "region": environment.region,
        "status": environment.status,
        "pulumiStackRef": environment.pulumi_stack_ref,
        "isolationModel": environment.isolation_model,
    }


def _move(environment_id: UUID, verb: str, action: str, reason: str = "") -> RuntimeEnvironment:
    door.require("runtime.environments.write")
    with door.atomic():
        environment = locked(environment_id)
        before = environment.status
        environment.move(verb)
        environment.save(update_fields=["status"])
        RuntimeTenantBinding.objects.filter(environment_id=environment_id).exclude(
            status=BindingStatus.RELEASED
        ).update(environment_status=environment.status)
        _audit(
            environment,
            action,
            before={"status": before},
            after={"status": environment.status},
            reason=reason,
        )
    return environment


def _audit(environment: RuntimeEnvironment, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="environment",
        object_id=environment.id,
        environment_id=environment.id,
        tenant_id=environment.tenant_id or PLATFORM,
        **values,
    )
