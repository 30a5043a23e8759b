"""Resuming a suspended binding."""

from apps.core.access import Role
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import suspend_binding
from tests.console.signed_in import SignIn
from tests.console.trail import entries, refusals
from tests.core.doors import on_platform
from tests.platform.forms import errors
from tests.world import World

TYPED = {"reason": "paid", "confirm": "acme"}


def suspended(world: World) -> str:
    with on_platform(world):
        suspend_binding(world.acme.bindings["silo"])
    return f"/platform/bindings/{world.acme.bindings['silo']}/resume/"


def test_a_platform_admin_resumes_and_the_tenant_writes_again(
    world: World, sign_in: SignIn
) -> None:
    path = suspended(world)
    assert sign_in(world.platform[Role.PLATFORM_ADMIN]).post(path, TYPED).status_code == 302
    with on_platform(world):
        assert RuntimeTenantBinding.objects.get(id=world.acme.bindings["silo"]).status == "Active"
    [entry] = entries(world, "binding.resumed", "acme")
    assert entry.reason == "paid"


def test_one_that_is_active_is_refused_with_the_reason(world: World, sign_in: SignIn) -> None:
    path = f"/platform/bindings/{world.acme.bindings['silo']}/resume/"
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(path, TYPED)
    assert page.status_code == 422
    assert "only from Suspended" in errors(page)[""]


def test_an_officer_is_refused_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    path = suspended(world)
    answer = sign_in(world.platform[Role.GOVERNANCE_OFFICER]).post(path, TYPED)
    assert answer.status_code == 403
    assert refusals(world, "platform") == [("governance-officer@acme.test", path[:64])]
