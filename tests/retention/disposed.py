"""A run that is on record, and the certificate of one row that has gone in it, without a purge."""

from datetime import date
from uuid import UUID

from django.utils import timezone

from apps.core import door
from apps.core.access import Actor
from apps.core.ids import uuid7
from apps.retention.certificates import certify
from apps.retention.models import (
    Certificate,
    DisposedDay,
    DisposedRow,
    RetentionEntry,
    RetentionRun,
)
from apps.tenant_bindings.context import enter_platform, enter_tenant

OPERATOR = Actor("operator", label="tests")


def dispose(*tenants: str, row_id: UUID | None = None) -> dict[str, dict[str, UUID]]:
    """{tenant: {run, certificate, row}}, committed as owner; the row is a retired service's.

    With seven health results of a day that went whole.
    """
    found = {}
    with door.using("owner"):
        with enter_platform(actor=OPERATOR):
            run = RetentionRun.objects.create(
                tenant_id="platform", as_of=timezone.now(), dry_run=False, started_by_kind="worker"
            )
        for tenant in tenants:
            row = row_id or uuid7()
            with enter_tenant(tenant, actor=OPERATOR, partition="public", writing=True):
                RetentionEntry.objects.create(
                    tenant_id=tenant, run_id=run.id, dry_run=False, data_class="retired-service",
                    policy_versions={"platform": 1}, cutoff=timezone.now(), due=1, purged=1,
                    bytes=240, held_back={"hold": 2},
                )  # fmt: skip
                RetentionEntry.objects.create(
                    tenant_id=tenant, run_id=run.id, dry_run=False, data_class="health-result",
                    policy_versions={"platform": 1}, cutoff=timezone.now(), due=7, purged=7,
                )  # fmt: skip
                DisposedDay.objects.create(
                    tenant_id=tenant, run_id=run.id, data_class="health-result",
                    data_partition="shared", day=date(2019, 1, 1), environment_id=uuid7(),
                    row_count=7, bytes=700,
                )  # fmt: skip
                DisposedRow.objects.create(
                    tenant_id=tenant, data_class="retired-service", row_id=row, run_id=run.id,
                    digest="d" * 64,
                )  # fmt: skip
            certify(run, tenant, actor=OPERATOR)
            with enter_tenant(tenant, actor=OPERATOR, partition="public"):
                certificate = Certificate.objects.get(tenant_id=tenant, run_id=run.id)
            found[tenant] = {"run": run.id, "certificate": certificate.id, "row": row}
        with enter_platform(actor=OPERATOR):
            run.move("complete")
            run.save(update_fields=["status"])
    return found
