"""Alerts: raised where something was due and did not go, cleared when it has gone.

Behind the platform's door, as the steward. An alert is told three times: a row that the platform's
pages show, an entry in the platform's chain, and a line of the log at level error.
"""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now

from apps.core import audit, door
from apps.core.access import PLATFORM
from apps.upkeep.alert_models import Alert, AlertKind

SCOPE = "runtime.jobs.write"
LONGEST = 2000
log = logging.getLogger(__name__)


def raise_alert(kind: AlertKind, *, of_tenant: str, data_class: str, told: str) -> bool:
    """Whether it is new: one that is open says so already."""
    door.require(SCOPE)
    with door.atomic():
        alert, is_new = Alert.objects.get_or_create(
            kind=kind,
            of_tenant=of_tenant,
            data_class=data_class,
            cleared_at=None,
            defaults={"told": told[:LONGEST]},
        )
        if is_new:
            _record(alert, "alert.raised")
            said = {**alert.as_api(), "event": "alert.raised"}
            transaction.on_commit(
                lambda: log.error("due and not gone: %s", alert, extra={"said": said}),
                using=door.current_alias(),
            )
    return is_new


def clear_alerts(kind: AlertKind, gone: Iterable[tuple[str, str]]) -> int:
    """Of these (tenant, data class) what is open of that kind; how many that was."""
    door.require(SCOPE)
    wanted = set(gone)
    with door.atomic():
        found = [
            alert
            for alert in Alert.objects.select_for_update().filter(kind=kind, cleared_at=None)
            if (alert.of_tenant, alert.data_class) in wanted
        ]
        for alert in found:
            Alert.objects.filter(id=alert.id).update(cleared_at=Now())
            _record(alert, "alert.cleared")
    return len(found)


def open_alerts() -> list[Alert]:
    """Newest first. For the platform's people; to others there are none."""
    return list(Alert.objects.filter(tenant_id=PLATFORM, cleared_at=None))


def _record(alert: Alert, action: str) -> None:
    audit.record(
        action, object_type="alert", object_id=alert.id, after=alert.as_api(), tenant_id=PLATFORM
    )
