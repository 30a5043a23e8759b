"""What the newest results say of their services: set-based, in one statement.

A result is as old as the earlier of its two times says: one that is dated ahead is as old as its
arrival, one that arrives late as old as its check. Of the newest result of each probe that is
younger than the limit after which a service counts as stale, the worst decides; an older result
that arrives late is not the newest of its probe, so it moves nothing back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import audit, door
from apps.health_results.results import AHEAD
from apps.services.models import STALE_AFTER

# {new status: the action of the operation that makes the same move by hand}
_ACTIONS = {"Running": "service.running", "Degraded": "service.degraded"}
_REASON = "by its health results"

# Locked in the order of ids, so that two recorders never wait for each other. Times are given as
# values and not by now(), so that other days' parts are not even planned.
_LOCK = """
SELECT id, status FROM services_runtimeservice
WHERE tenant_id = %(tenant)s AND environment_id = %(environment)s
  AND id = ANY (%(services)s::uuid[]) AND status <> 'Retired'
ORDER BY id FOR NO KEY UPDATE
"""
# Asked from the ailing results, of which there are few and which have an index of their own: a
# service ails where one of them has no newer one of its probe beside it.
_MOVE = """
WITH ailing AS (
  SELECT service_id, probe, max(checked_at) AS at FROM health_results_healthcheckresult
  WHERE tenant_id = %(tenant)s AND environment_id = %(environment)s
    AND service_id = ANY (%(services)s::uuid[]) AND status <> 'Healthy'
    AND checked_at > %(since)s::timestamptz AND checked_at <= %(until)s::timestamptz
    AND received_at > %(since)s::timestamptz
  GROUP BY service_id, probe
), ill AS (
  SELECT DISTINCT a.service_id FROM ailing a WHERE NOT EXISTS (
    SELECT FROM health_results_healthcheckresult r
    WHERE r.tenant_id = %(tenant)s AND r.environment_id = %(environment)s
      AND r.service_id = a.service_id AND r.probe = a.probe AND r.checked_at > a.at
      AND r.checked_at > %(since)s::timestamptz AND r.checked_at <= %(until)s::timestamptz)
)
UPDATE services_runtimeservice s
SET status = CASE
      WHEN seen.at <= %(since)s::timestamptz THEN s.status
      WHEN ill.service_id IS NULL AND s.status IN ('Pending', 'Degraded') THEN 'Running'
      WHEN ill.service_id IS NOT NULL AND s.status = 'Running' THEN 'Degraded'
      ELSE s.status END,
    last_observed_at = greatest(s.last_observed_at, seen.at)
FROM unnest(%(services)s::uuid[], %(seen)s::timestamptz[]) AS seen (service_id, at)
LEFT JOIN ill ON ill.service_id = seen.service_id
WHERE s.id = seen.service_id AND s.tenant_id = %(tenant)s
  AND s.environment_id = %(environment)s AND s.status <> 'Retired'
RETURNING s.id, s.status
"""


def observe(seen: Mapping[UUID, datetime], *, now: datetime) -> None:
    """Moves lastObservedAt and the status of the services entered; one entry each that moved.

    `seen`: when the newest of the results just recorded was, for each service; never after `now`,
    which is the transaction's time. Locks the services. A Stopped one is seen, and not moved.
    """
    parameters: dict[str, Any] = {
        "tenant": door.tenant(),
        "environment": door.environment(),
        "services": list(seen),
        "seen": list(seen.values()),
        "since": now - STALE_AFTER,
        "until": now + AHEAD,
    }
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(_LOCK, parameters)
        before = dict(cursor.fetchall())
        if not before:
            return
        cursor.execute(_MOVE, parameters)
        moved = [(i, status) for i, status in cursor.fetchall() if before.get(i) != status]
    for identifier, status in moved:
        audit.record(
            _ACTIONS[status],
            object_type="service",
            object_id=identifier,
            environment_id=door.environment(),
            before={"status": before[identifier]},
            after={"status": status},
            reason=_REASON,
        )
