"""The jobs of this app."""

from procrastinate.contrib.django import app

from apps.core import door
from apps.core.access import Actor
from apps.people.invitations import expire_invitations
from apps.tenant_bindings.context import enter_platform
from apps.tenants.partitions import OWNER


@app.periodic(cron="7 * * * *")
@app.task(name="expire_invitations", queue="upkeep", queueing_lock="expire_invitations")
def expire_due_invitations(timestamp: int) -> None:
    """Upkeep: what nobody took in time says so. It could not be taken before that either."""
    worker = Actor("worker", label="runtime-inventory-worker")
    with door.using(OWNER), enter_platform(actor=worker):
        expire_invitations()
