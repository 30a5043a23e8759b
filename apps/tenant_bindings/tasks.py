"""The jobs of this app: making the partition of a Pending binding, spares for it, and its end.

The web makes no schema. A job carries ids only; this one is asked by a platform admin through
`request_binding` and works as owner.
"""

from uuid import UUID

from django.conf import settings
from procrastinate.contrib.django import app

from apps.core import door
from apps.core.access import Actor
from apps.tenant_bindings.context import enter_platform
from apps.tenant_bindings.dropping import drop_empty_partitions
from apps.tenant_bindings.models import BindingStatus, RuntimeTenantBinding
from apps.tenant_bindings.operations import activate_binding
from apps.tenants.partitions import OWNER, keep_spares, make_partition
from apps.upkeep.recording import WORKER, recorded


@app.task(name="make_partition", queue="upkeep", retry=5)
def make_partition_of(binding_id: str) -> None:
    """Makes the schema and sets the binding Active; done again it changes nothing."""
    finish_binding(UUID(binding_id), actor=WORKER)


@app.periodic(cron=settings.CADENCES["keep_spare_partitions"])
@app.task(name="keep_spare_partitions", queue="upkeep", queueing_lock="keep_spare_partitions")
@recorded("keep_spare_partitions")
def keep_spare_partitions(timestamp: int) -> None:
    """Upkeep: a few schemas are ready, so that a binding need not wait for one to be made."""
    keep_spares(settings.SPARE_PARTITIONS)


@app.periodic(cron=settings.CADENCES["drop_empty_partitions"])
@app.task(name="drop_empty_partitions", queue="upkeep", queueing_lock="drop_empty_partitions")
@recorded("drop_empty_partitions")
def drop_what_is_empty(timestamp: int) -> str:
    """Upkeep: schemas of which nothing is left but the audit, which moves to the control plane."""
    looked = drop_empty_partitions(actor=WORKER)
    return f"{len(looked.dropped)} dropped, {len(looked.kept)} kept"


def finish_binding(binding_id: UUID, *, actor: Actor) -> RuntimeTenantBinding:
    """The same at the shell: the partition and the activation in one transaction, as owner."""
    with door.using(OWNER), enter_platform(actor=actor):
        binding = RuntimeTenantBinding.objects.get(id=binding_id)
        if binding.status != BindingStatus.PENDING:
            return binding
        make_partition(binding.data_partition)
        return activate_binding(binding_id)
