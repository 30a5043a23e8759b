"""Results to record, and the rows that came of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.core import door
from apps.health_results.models import HealthCheckResult
from apps.health_results.operations import Recorded, record_results
from apps.health_results.results import Result
from apps.services.models import RuntimeService
from apps.services.operations import ServiceSpec, create_services, run_services
from tests.core.doors import now, run

TABLE = "health_results_healthcheckresult"
MICROSECOND = timedelta(microseconds=1)


def result(service: UUID | str, status: str = "Healthy", **given: Any) -> Result:
    """Checked at this very moment of the database, by the probe `http`, unless told."""
    named = {"module_id": service} if isinstance(service, str) else {"service_id": service}
    wanted = {"status": status, "probe": "http", "checked_at": now(), **named}
    return Result(**{**wanted, **given})


def record(*results: Result, **options: Any) -> Recorded:
    return record_results(list(results), **options)


def make_service(name: str = "api", *, running: bool = True) -> UUID:
    """A service of the environment entered, that nobody has seen."""
    made: UUID = create_services([ServiceSpec(name, f"registry.test/{name}:1", "1", 1)])[0].id
    if running:
        run_services([name])
    return made


def service_of(identifier: UUID) -> RuntimeService:
    found: RuntimeService = RuntimeService.objects.get(id=identifier)
    return found


def rows_of(service: UUID) -> list[HealthCheckResult]:
    """Oldest first."""
    return list(HealthCheckResult.objects.filter(service_id=service).order_by("checked_at", "id"))


def ago(**apart: float) -> datetime:
    found: datetime = now() - timedelta(**apart)
    return found


def shift(service: UUID, **clocks: timedelta) -> None:
    """Sets clocks of the service's results to so long before now(). As owner: nobody else may."""
    assert door.current_alias() == "owner"
    run("SET LOCAL app.moves_clocks = 'on'")
    for column, age in clocks.items():
        run(f"UPDATE {TABLE} SET {column} = now() - %s WHERE service_id = %s", [age, service])
    run("SET LOCAL app.moves_clocks = 'off'")
