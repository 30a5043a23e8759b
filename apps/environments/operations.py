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

LENGTHS = {"project_id": (1, 80), "name": (1, 80), "region": (1, 40), "pulumi_stack_ref": (0, 200)}
API_NAMES = {
    "project_id": "projectId", "name": "name", "region": "region", "stage": "stage",
    "pulumi_stack_ref": "pulumiStackRef", "isolation_model": "isolationModel",
}  # fmt: skip
# What never changes once it is Provisioned: the trigger holds it.
FIXED = {"stage", "region", "isolation_model"}
EARLY = ("Requested", "Provisioning", "Failed")


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
    _check(
        project_id=project_id, name=name, region=region, pulumi_stack_ref=pulumi_stack_ref,
        stage=stage, isolation_model=isolation_model,
    )  # fmt: skip
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


def edit_environment(environment_id: UUID, **changes: str) -> RuntimeEnvironment:
    """Changes name and pulumi_stack_ref; until it is Provisioned also stage, region and
    isolation_model.

    The name is changed in the copies of its bindings too. Raises Invalid, NotFound, and Refused
    where the name is taken, the environment is Decommissioned, or what is fixed would change.
    """
    door.require("runtime.environments.write")
    if unknown := set(changes) - {"name", "pulumi_stack_ref", *FIXED}:
        raise TypeError(f"{unknown} of an environment are not edited")
    changes = {name: value.strip() for name, value in changes.items()}
    _check(**changes)
    with door.atomic():
        environment = locked(environment_id)
        before = describe(environment)
        changed = [name for name, value in changes.items() if getattr(environment, name) != value]
        if not changed:
            return environment
        if environment.status == "Decommissioned":
            raise Refused("A Decommissioned environment does not change any more.")
        if environment.status not in EARLY and (fixed := sorted(FIXED & set(changed))):
            raise Refused(
                f"{environment.name} is {environment.status}: it does not change its "
                f"{', '.join(API_NAMES[name] for name in fixed)} any more."
            )
        for name in changed:
            setattr(environment, name, changes[name])
        try:
            with door.atomic():
                environment.save(update_fields=changed)
        except IntegrityError as error:
            raise Refused(f"There is an environment '{environment.name}' already.") from error
        if "name" in changed:
            _bound(environment_id).update(environment_name=environment.name)
        old, new = audit.changed(before, describe(environment))
        _audit(environment, "environment.edited", before=old, after=new)
    return environment


def provision_environment(environment_id: UUID, *, reason: str = "") -> RuntimeEnvironment:
    """Requested or Failed → Provisioning."""
    return _move(environment_id, "provision", "environment.provisioning", reason)


def complete_environment(environment_id: UUID, *, reason: str = "") -> RuntimeEnvironment:
    """Provisioning → Provisioned: from now on it takes bindings and deployments."""
    return _move(environment_id, "complete", "environment.provisioned", reason)


def fail_environment(environment_id: UUID, *, reason: str) -> RuntimeEnvironment:
    """Provisioning → Failed."""
    return _move(environment_id, "fail", "environment.failed", reason=reason)


def abandon_environment(environment_id: UUID, *, reason: str = "") -> RuntimeEnvironment:
    """Requested or Failed → Decommissioned, at once: nothing was ever in it."""
    return _move(environment_id, "abandon", "environment.abandoned", reason)


def decommission_environment(environment_id: UUID, *, reason: str = "") -> RuntimeEnvironment:
    """Provisioned → Decommissioning: no new deployment from this moment on (see decommission)."""
    return _move(environment_id, "decommission", "environment.decommissioning", reason)


def finish_decommissioning_environment(environment_id: UUID) -> RuntimeEnvironment:
    """Decommissioning → Decommissioned; Refused while a binding is not Released."""
    door.require("runtime.environments.write")
    with door.atomic():
        locked(environment_id)
        if _bound(environment_id).exists():
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
        _bound(environment_id).update(environment_status=environment.status)
        _audit(
            environment,
            action,
            before={"status": before},
            after={"status": environment.status},
            reason=reason,
        )
    return environment


def _bound(environment_id: UUID) -> Any:
    return RuntimeTenantBinding.objects.filter(environment_id=environment_id).exclude(
        status=BindingStatus.RELEASED
    )


def _check(**values: str) -> None:
    """Invalid with each field, by its API name, that cannot be so."""
    fields = {
        API_NAMES[name]: [f"must be {least} to {most} characters"]
        for name, (least, most) in LENGTHS.items()
        if name in values and not least <= len(values[name].strip()) <= most
    }
    for name, choices in (("stage", Stage.values), ("isolation_model", IsolationModel.values)):
        if name in values and values[name] not in choices:
            fields[API_NAMES[name]] = [f"must be one of {', '.join(choices)}"]
    if fields:
        raise Invalid("The environment cannot be so.", fields=fields)


def _audit(environment: RuntimeEnvironment, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="environment",
        object_id=environment.id,
        environment_id=environment.id,
        tenant_id=environment.tenant_id or PLATFORM,
        **values,
    )
