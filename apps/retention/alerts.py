"""What a run left behind, as alerts: due and nothing went, or it failed."""

from collections.abc import Iterable
from uuid import UUID

from apps.retention.models import RetentionEntry, RetentionRun
from apps.upkeep.alert_models import AlertKind
from apps.upkeep.alerts import clear_alerts, raise_alert


def wanting(entry: RetentionEntry, short: set[UUID]) -> str:
    """What is wrong with it; empty where what was due has begun to go.

    What is in `short` was broken off for time: that nothing went of it yet is no failure.
    """
    if entry.failed:
        return entry.failed
    if entry.dry_run or entry.id in short or entry.purged or entry.tiered:
        return ""
    return "due and none gone" if entry.due else ""


def tell_alerts(run: RetentionRun, entries: Iterable[RetentionEntry], short: set[UUID]) -> None:
    """Within the transaction that ends the run. What was broken off for time clears nothing.

    A run by an exception looks at what that covers and at nothing else: it neither raises nor
    clears.
    """
    if run.dry_run or run.exception_id:
        return
    gone = set()
    for entry in entries:
        if problem := wanting(entry, short):
            raise_alert(
                AlertKind.NOTHING_WENT,
                of_tenant=entry.tenant_id,
                data_class=entry.data_class,
                told=f"{entry.purged + entry.tiered} of {entry.due} gone: {problem}",
            )
        elif entry.id not in short:
            gone.add((entry.tenant_id, entry.data_class))
    clear_alerts(AlertKind.NOTHING_WENT, gone)
