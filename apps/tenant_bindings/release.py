"""Releasing a binding: one transaction, the status last.

Promises: no writer commits after it (the tenant's lock is taken exclusively first); nothing of
the tenant stays live there; what remains has its clocks running. Stands apart from `operations`
because it sets off what stands above that module.
"""

from uuid import UUID

from apps.configurations.operations import discard_all, supersede_all
from apps.core import audit, door
from apps.core.access import Actor
from apps.deployments.operations import fail_all
from apps.drift_findings.operations import resolve_all
from apps.services.operations import retire_all
from apps.tenant_bindings import context
from apps.tenant_bindings.models import BindingStatus, RuntimeTenantBinding
from apps.tenant_bindings.operations import locked

REASON = "binding released"


def release_binding(binding_id: UUID, *, reason: str = "") -> RuntimeTenantBinding:
    """Pending, Active or Suspended → Released (final).

    A Suspended one becomes Active within the transaction, for the sweep. Raises NotFound,
    Refused (released already, or a writer does not finish in time).
    """
    entered = door.require("runtime.bindings.write")
    with door.atomic():
        binding = locked(binding_id)
        context.lock_tenant_for_release(binding.tenant_id)
        before = binding.status
        binding.must("release")
        if binding.status == BindingStatus.SUSPENDED:
            binding.move("resume")
            binding.save(update_fields=["status"])
        if binding.status == BindingStatus.ACTIVE:
            _sweep(binding, entered.actor)
        binding.move("release")
        binding.save(update_fields=["status"])
        audit.record(
            "binding.released",
            object_type="binding",
            object_id=binding.id,
            environment_id=binding.environment_id,
            before={"status": before},
            after={"status": binding.status},
            reason=reason,
            tenant_id=binding.tenant_id,
        )
    return binding


def _sweep(binding: RuntimeTenantBinding, actor: Actor) -> None:
    # The right to release includes this sweep, so it enters as the system, in that person's name.
    sweeper = Actor("worker", actor.id, actor.label, actor.address, actor.request_id)
    with context.enter_tenant(
        binding.tenant_id, actor=sweeper, environment_id=binding.environment_id, writing=True
    ):
        retire_all(reason=REASON)
        fail_all(reason=REASON)
        supersede_all(reason=REASON)
        discard_all(reason=REASON)
        resolve_all(reason=REASON)
