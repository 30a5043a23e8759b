"""The verbs of an environment from the admin: by the operations, asked first, audited."""

import pytest

from apps.core.access import Role
from apps.environments.models import RuntimeEnvironment
from tests.admin.sites import list_path
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform, requested_environment
from tests.platform.verbs import environment_in, status
from tests.world import World

PATH = list_path(RuntimeEnvironment)


def chosen(action: str, *environments: object, confirm: str = "prod") -> dict[str, object]:
    return {
        "action": action,
        "_selected_action": [str(environment) for environment in environments],
        "confirmed": str(len(environments)),
        "reason": "because",
        "confirm": confirm,
    }


@pytest.mark.parametrize(
    ("action", "source", "target", "confirm"),
    [
        ("provision", "Requested", "Provisioning", "prod"),
        ("complete", "Provisioning", "Provisioned", "prod"),
        ("fail", "Provisioning", "Failed", "prod"),
        ("abandon", "Failed", "Decommissioned", "abandon"),
        ("decommission", "Provisioned", "Decommissioning", "decommission"),
    ],
)
def test_a_platform_admin_moves_what_is_selected(
    world: World, sign_in: SignIn, action: str, source: str, target: str, confirm: str
) -> None:
    environment = environment_in(world, source)
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    browser.post(PATH, chosen(action, environment, confirm="another"))
    assert status(world, environment) == source
    browser.post(PATH, chosen(action, environment, confirm=confirm))
    assert status(world, environment) == target


def test_what_is_final_is_typed_in_any_stage(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        environment = requested_environment(stage="dev")
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    page = browser.post(PATH, chosen("decommission", environment, confirm=""))
    assert "Type decommission to confirm" in words(page)
    assert status(world, environment) == "Provisioned"


@pytest.mark.parametrize("role", [Role.PLATFORM_VIEWER, Role.GOVERNANCE_OFFICER], ids=str)
def test_who_may_only_read_is_offered_no_verb_and_can_do_none(
    world: World, sign_in: SignIn, role: Role
) -> None:
    environment = environment_in(world, "Requested")
    browser = sign_in(world.platform[role])
    assert '<option value="provision">' not in browser.get(PATH).content.decode()
    browser.post(PATH, chosen("provision", environment))
    assert status(world, environment) == "Requested"
    assert entries(world, "environment.provisioning", "acme")[-1].reason == ""
