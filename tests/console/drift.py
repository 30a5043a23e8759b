"""What the tests of the pages of drift share."""

from apps.drift_findings.models import RuntimeDriftFinding
from tests.console.places import Things, things_of
from tests.core.doors import inside
from tests.world import World

# Typed where the environment is of production, as all of the world's are.
SAID = {"reason": "the night shift", "confirm": "prod"}


def place(world: World) -> Things:
    """Acme's silo, whose one finding is that web was seen with 5 replicas instead of 3."""
    return things_of(world.acme)


def finding_of(world: World) -> RuntimeDriftFinding:
    things = place(world)
    with inside(world.acme, "silo", writing=False):
        found: RuntimeDriftFinding = RuntimeDriftFinding.objects.get(id=things.finding)
    return found
