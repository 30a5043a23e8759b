"""Requested or Failed → Decommissioned: final, so it is typed whatever the stage."""

import pytest

from apps.core.access import Role
from tests.console.signed_in import SignIn
from tests.platform.forms import errors
from tests.platform.verbs import check_verb, environment_in, status
from tests.world import World


@pytest.mark.parametrize("source", ["Requested", "Failed"])
def test_what_was_never_in_use_is_given_up(world: World, sign_in: SignIn, source: str) -> None:
    action = "environment.abandoned"
    check_verb(world, sign_in, "abandon", source, "Decommissioned", action, "prod")


def test_it_is_typed_in_any_stage(world: World, sign_in: SignIn) -> None:
    environment = environment_in(world, "Requested", "dev")
    path = f"/platform/environments/{environment}/abandon/"
    answer = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(path, {"reason": "because"})
    assert "confirm" in errors(answer)
    assert status(world, environment) == "Requested"
