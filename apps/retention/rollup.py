"""Counts what is there and what becomes due at each tenant, for the platform, which sees no rows.

As the steward, each tenant behind its own door, a transaction each; by the decision that pages and
runs ask. It changes nothing but the counts.
"""

from django.db import DatabaseError

from apps.core import door
from apps.core.access import PLATFORM, Actor
from apps.retention.forecast import foretold
from apps.retention.models import RetentionRollup
from apps.retention.purge import partitions
from apps.retention.queries import counted
from apps.retention.rollup_models import DAYS
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenants.models import Tenant

_ALL = [
    "there", "in_use", "held", "held_by", "more",
    *(f"due_{days}" for days in DAYS), *(f"more_{days}" for days in DAYS),
]  # fmt: skip


def roll_up_retention(*, actor: Actor) -> tuple[int, list[str]]:
    """(tenants counted, what failed); one that fails keeps its last counts, and not the others."""
    with enter_platform(actor=actor):
        found = Tenant.objects.exclude(tenant_id=PLATFORM).order_by("tenant_id")
        tenants = list(found.values_list("tenant_id", flat=True))
    problems = []
    for tenant_id in tenants:
        try:
            count_tenant(tenant_id, actor=actor)
        except DatabaseError as error:
            problems.append(f"{tenant_id}: {str(error).splitlines()[0]}")
    return len(tenants) - len(problems), problems


def count_tenant(tenant_id: str, *, actor: Actor) -> None:
    """Writes its counts anew, all at one time."""
    with enter_tenant(tenant_id, actor=actor, partition="public", writing=True), door.atomic():
        schemas = list(partitions(tenant_id))
        dues = {one.data_class: one.dues for one in foretold(schemas)}
        RetentionRollup.objects.bulk_create(
            [
                RetentionRollup(
                    tenant_id=tenant_id,
                    data_class=one.data_class,
                    there=one.there,
                    in_use=one.kept.get("state", 0),
                    held=one.kept.get("hold", 0),
                    held_by={number: one.held_by.get(number, 0) for number in one.holds},
                    more=one.more,
                    **{f"due_{due.days}": due.rows for due in dues[one.data_class]},
                    **{f"more_{due.days}": due.more for due in dues[one.data_class]},
                )
                for one in counted(schemas)
            ],
            update_conflicts=True,
            unique_fields=["tenant_id", "data_class"],
            update_fields=_ALL,
        )
