"""One binding: where it places its tenant, and what may be done with it."""

import pytest

from apps.core.access import Role
from apps.tenant_bindings.operations import suspend_binding
from apps.tenant_bindings.release import release_binding
from tests.console.bodies import facts, links
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World

VERBS = ("suspend", "resume", "release")


def offered(world: World, sign_in: SignIn, role: Role) -> set[str]:
    """The verbs that the page offers."""
    path = f"/platform/bindings/{world.acme.bindings['pool']}/"
    found = links(sign_in(world.platform[role]).get(path))
    return {verb for verb in VERBS if f"{path}{verb}/" in found}


def test_placement_is_shown(world: World, sign_in: SignIn) -> None:
    path = f"/platform/bindings/{world.acme.bindings['pool']}/"
    shown = facts(sign_in(world.platform[Role.PLATFORM_VIEWER]).get(path))
    assert "pool_acme" in shown.values()
    assert f"net-{world.acme.environments['pool']}-acme" in shown.values()


def test_a_platform_admin_is_offered_what_its_state_admits(world: World, sign_in: SignIn) -> None:
    binding = world.acme.bindings["pool"]
    assert offered(world, sign_in, Role.PLATFORM_ADMIN) == {"suspend", "release"}
    with on_platform(world):
        suspend_binding(binding)
    assert offered(world, sign_in, Role.PLATFORM_ADMIN) == {"resume", "release"}
    with on_platform(world):
        release_binding(binding)
    assert offered(world, sign_in, Role.PLATFORM_ADMIN) == set()


@pytest.mark.parametrize("role", [Role.PLATFORM_VIEWER, Role.GOVERNANCE_OFFICER], ids=str)
def test_who_may_only_look_is_offered_nothing(world: World, sign_in: SignIn, role: Role) -> None:
    assert offered(world, sign_in, role) == set()
