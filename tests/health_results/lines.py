"""Files of JSON lines for the command, and an environment of one's own to record into."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.health_results.models import HealthCheckResult
from tests.core.doors import inside
from tests.world import TestTenant


def line(**given: Any) -> str:
    """One good line of `cart`, checked a moment ago, with what is given; None leaves out."""
    wanted = {
        "moduleId": "cart",
        "status": "Healthy",
        "probe": "http",
        "latencyMs": 12,
        "detail": "200 OK",
        "checkedAt": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
        **given,
    }
    return json.dumps({name: value for name, value in wanted.items() if value is not None})


def write(folder: Path, lines: Iterable[str | bytes]) -> Path:
    path = folder / "results.jsonl"
    with path.open("wb") as file:
        for one in lines:
            file.write((one.encode() if isinstance(one, str) else one) + b"\n")
    return path


def many(count: int, services: int = 1) -> Iterable[str]:
    """Good lines, each a second older than the one before, going back no further than a week."""
    begun = datetime.now(UTC) - timedelta(minutes=1)
    step = timedelta(days=7) / count
    for number in range(count):
        at = (begun - step * number).isoformat()
        probe = f"probe-{number % services}"
        yield (
            f'{{"moduleId": "cart", "status": "Healthy", "probe": "{probe}", '
            f'"latencyMs": {number % 900}, "detail": "200 OK", "checkedAt": "{at}"}}'
        )


def kept(tenant: TestTenant, model: str, service: UUID | None = None) -> int:
    """How many results the tenant has there, but for the one that the world begins with."""
    with inside(tenant, model, writing=False):
        rows = HealthCheckResult.objects.filter(environment_id=tenant.environments[model])
        return int(rows.count()) - 1
