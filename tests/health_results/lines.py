"""Files of JSON lines for the command, and an environment of one's own to record into."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.health_results.models import HealthCheckResult
from apps.services.operations import ServiceSpec, create_services
from apps.tenant_bindings.models import RuntimeTenantBinding
from tests.core.doors import inside, new_environment, on_platform
from tests.core.spare import spare_world
from tests.world import World


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


@dataclass(frozen=True)
class Place:
    """An environment of its own, committed, with `cart` and `web` in it and no result."""

    world: World
    environment: UUID
    services: dict[str, UUID]

    @property
    def binding(self) -> UUID:
        with on_platform(self.world):
            found = RuntimeTenantBinding.objects.get(environment_id=self.environment)
        return UUID(str(found.id))

    @property
    def kept(self) -> int:
        """How many results stand there."""
        acme = self.world.acme
        with inside(acme, environment_id=self.environment, writing=False):
            rows = HealthCheckResult.objects.filter(environment_id=self.environment)
            return int(rows.count())


def make_place(model: str = "pool") -> Place:
    """Of a tenant that no other test's lists show."""
    world = spare_world()
    environment = new_environment(world, model)
    with inside(world.acme, environment_id=environment):
        specs = [ServiceSpec(name, f"registry.test/{name}:1", "1", 1) for name in ("cart", "web")]
        made = create_services(specs)
    return Place(world, environment, {service.module_id: service.id for service in made})
