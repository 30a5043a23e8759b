"""The health gate: what a deployment waits for between HealthGating and Promoting.

Fails closed. Stands below the operations of deployments, which ask it; it writes nothing.

A deployment touched what its products name, the unchanged included, but what it retired or what
has been retired since. A service passes when, of the newest result of each probe that is younger
than the window, every one is Healthy, and there is one. A result is as old as the earlier of
checkedAt and receivedAt says, so neither a late arrival nor a clock that is ahead makes it younger;
exactly as old as the window is not younger.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connections

from apps.core import door
from apps.core.errors import Refused
from apps.deployments.models import RuntimeDeployment

_NAMED = 20
_TOUCHED = """
SELECT p.module_id, coalesce(said.healthy, false)
FROM deployments_deploymentproduct p
JOIN services_runtimeservice s ON s.tenant_id = p.tenant_id
  AND s.environment_id = p.environment_id AND s.id = p.service_id AND s.status <> 'Retired'
LEFT JOIN LATERAL (
  SELECT bool_and(newest.status = 'Healthy') AS healthy FROM (
    SELECT DISTINCT ON (r.probe) r.status, r.received_at FROM health_results_healthcheckresult r
    WHERE r.tenant_id = p.tenant_id AND r.environment_id = p.environment_id
      AND r.service_id = p.service_id AND r.checked_at > now() - %(window)s
    ORDER BY r.probe, r.checked_at DESC
  ) newest WHERE newest.received_at > now() - %(window)s
) said ON true
WHERE p.tenant_id = %(tenant)s AND p.environment_id = %(environment)s
  AND p.deployment_id = %(deployment)s AND p.change <> 'retired'
ORDER BY p.module_id
"""


def missing(deployment: RuntimeDeployment, *, window: timedelta | None = None) -> list[str]:
    """moduleIds of the touched services that have no fresh Healthy result, in order."""
    return [module for module, healthy in _touched(deployment, window) if not healthy]


def ask(deployment: RuntimeDeployment) -> None:
    """Refused names what holds the deployment up; also where it has touched nothing."""
    touched = _touched(deployment)
    held_up = [module for module, healthy in touched if not healthy]
    if not touched:
        raise Refused("The health gate does not pass: the deployment has touched no service.")
    if held_up:
        more = f" and {len(held_up) - _NAMED} more" if len(held_up) > _NAMED else ""
        raise Refused(
            "The health gate does not pass: no fresh Healthy result of "
            f"{', '.join(held_up[:_NAMED])}{more}."
        )


def _touched(
    deployment: RuntimeDeployment, window: timedelta | None = None
) -> list[tuple[str, bool]]:
    parameters: dict[str, Any] = {
        "tenant": door.tenant(),
        "environment": deployment.environment_id,
        "deployment": deployment.id,
        "window": window or timedelta(seconds=settings.HEALTH_GATE_SECONDS),
    }
    with connections[door.current_alias()].cursor() as cursor:
        cursor.execute(_TOUCHED, parameters)
        return list(cursor.fetchall())
