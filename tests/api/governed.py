"""A hold and an exception of each tenant, in the transaction there is."""

from datetime import UTC, datetime

from apps.core.access import Role
from apps.retention.exceptions import request_exception
from apps.retention.operations import place_hold
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.world import World, person_actor

FAR = datetime(2099, 1, 1, tzinfo=UTC)
MATTER = "the matter that is for auditors"


def govern(world: World) -> None:
    officer = person_actor(world.platform[Role.GOVERNANCE_OFFICER])
    for tenant in (world.acme, world.globex):
        with enter_platform(actor=officer):
            place_hold(
                tenant_id=tenant.slug, data_classes=["step-log"], matter=MATTER, reason=MATTER
            )
        admin = person_actor(tenant.people[Role.TENANT_ADMIN])
        with enter_tenant(tenant.slug, actor=admin, partition="public", writing=True):
            request_exception(
                data_class="step-log", reason="x", legal_basis="contract 7", lapses_at=FAR
            )
