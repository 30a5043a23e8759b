"""The record of one data class of one tenant in a run: made by whoever comes first."""

from django.db.models import Q

from apps.core.access import PLATFORM
from apps.retention.models import RetentionEntry, RetentionPolicy, RetentionRun
from apps.retention.purge import cutoff


def entry_of(run: RetentionRun, tenant_id: str, data_class: str) -> RetentionEntry:
    """Of the tenant entered to write. What went by whole days stands in it before it is planned."""
    found = RetentionEntry.objects.filter(
        tenant_id=tenant_id, run_id=run.id, data_class=data_class
    ).first()
    return found or RetentionEntry.objects.create(
        tenant_id=tenant_id,
        run_id=run.id,
        dry_run=run.dry_run,
        data_class=data_class,
        policy_versions=_versions(run, tenant_id, data_class),
        cutoff=cutoff(data_class, run.as_of),
    )


def _versions(run: RetentionRun, tenant_id: str, data_class: str) -> dict[str, int]:
    """The newest of all and of the tenant; a way back from when it is in force."""
    found = RetentionPolicy.objects.filter(
        Q(return_id=None) | Q(in_force_at__lte=run.as_of),
        tenant_id__in=[PLATFORM, tenant_id],
        data_class=data_class,
    )
    versions = found.order_by("version").values_list("tenant_id", "version")
    return {"platform" if t == PLATFORM else "tenant": version for t, version in versions}
