"""What is over after a quota was lowered: it may be lowered below what is used."""

from dataclasses import replace

from django.db import transaction

from apps.core import door
from apps.quotas.queries import Use, over
from apps.tenant_bindings.context import enter_tenant
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding


def over_quota(binding: RuntimeTenantBinding) -> list[Use]:
    """Per quota that is exceeded: used, promised, limit; empty where all is within.

    For whoever may change the quota: three numbers, none of the tenant's rows. Nothing new is
    promised there until usage is below. Call it after `change_quota`, in the same transaction.
    """
    entered = door.require("runtime.bindings.write")
    if binding.status not in LIVE:
        return []
    # The right to set the limit includes this look, so it enters as the system. A door for reading
    # makes the transaction read-only; undoing the savepoint undoes that.
    looking = replace(entered.actor, kind="worker")
    with door.atomic():
        with enter_tenant(binding.tenant_id, actor=looking, environment_id=binding.environment_id):
            found = list(over(binding.environment_id))
        transaction.set_rollback(True, using=door.current_alias())
    return found
