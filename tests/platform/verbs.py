"""What the tests of the verbs on an environment share."""

from uuid import UUID

from apps.core.access import Role
from apps.environments import operations
from apps.environments.models import RuntimeEnvironment
from apps.environments.operations import request_environment
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform
from tests.platform.forms import errors
from tests.world import World

WAYS = {
    "Requested": (), "Provisioning": ("provision",), "Failed": ("provision", "fail"),
    "Provisioned": ("provision", "complete"),
}  # fmt: skip


def environment_in(world: World, state: str, stage: str = "prod") -> UUID:
    """A new one of acme in that state."""
    with on_platform(world):
        found = request_environment(
            tenant_id="acme", project_id="verbs", name="one of its own", stage=stage,
            region="westeurope", isolation_model="silo",
        )  # fmt: skip
        for verb in WAYS[state]:
            getattr(operations, f"{verb}_environment")(found.id, reason="on the way")
    return found.id


def status(world: World, environment: UUID) -> str:
    with on_platform(world):
        return RuntimeEnvironment.objects.get(id=environment).status


def check_verb(
    world: World, sign_in: SignIn, verb: str, source: str, target: str, action: str, stage: str
) -> None:
    """Typed where it must be, done once, with its reason on record; refused from elsewhere."""
    environment = environment_in(world, source, stage)
    path = f"/platform/environments/{environment}/{verb}/"
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    before = len(entries(world, action, "acme"))
    wrong = browser.post(path, {"reason": "because", "confirm": "another"})
    if stage == "prod":
        assert (wrong.status_code, set(errors(wrong))) == (422, {"confirm", ""})
        assert status(world, environment) == source
        done = browser.post(path, {"reason": "because", "confirm": "one of its own"})
        assert done["Location"] == f"/platform/environments/{environment}/"
    assert status(world, environment) == target
    *_, entry = entries(world, action, "acme")[before:]
    assert (entry.reason, entry.after) == ("because", {"status": target})
    again = browser.post(path, {"reason": "because", "confirm": "one of its own"})
    assert again.status_code == 422
    assert "only from" in errors(again)[""]
    assert len(entries(world, action, "acme")) == before + 1
