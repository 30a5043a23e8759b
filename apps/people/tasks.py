"""The jobs of this app."""

from uuid import UUID

from django.conf import settings
from procrastinate.contrib.django import app

from apps.core import audit, door
from apps.people.invitations import expire_invitations
from apps.tenant_bindings.context import enter_platform
from apps.tenants.models import DataPartition
from apps.tenants.partitions import OWNER
from apps.upkeep.recording import WORKER, recorded


@app.periodic(cron=settings.CADENCES["expire_invitations"])
@app.task(name="expire_invitations", queue="upkeep", queueing_lock="expire_invitations")
@recorded("expire_invitations")
def expire_due_invitations(timestamp: int) -> None:
    """Upkeep: what nobody took in time says so. It could not be taken before that either."""
    with door.using(OWNER), enter_platform(actor=WORKER):
        expire_invitations()


@app.task(name="forget_erased_person", queue="upkeep", retry=5)
def forget_erased_person(person_id: str) -> None:
    """After an erasure in the console; done again it finds nothing more."""
    with door.using(OWNER), enter_platform(actor=WORKER):
        forget_everywhere(UUID(person_id))


def forget_everywhere(person_id: UUID) -> int:
    """Label and address of a person in every chain there is; how many values went. As owner."""
    made = DataPartition.objects.exclude(migrated_to="").values_list("schema_name", flat=True)
    return audit.forget_person(person_id) + sum(
        audit.forget_person_in(schema, person_id) for schema in list(made)
    )
