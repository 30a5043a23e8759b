"""One entry of the control plane."""

from apps.core import audit
from apps.core.access import Role
from tests.console.bodies import facts, words
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform
from tests.world import World


def test_an_officer_reads_one_of_the_platform_and_one_of_a_tenant(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    for tenant in ("platform", "acme"):
        with on_platform(world):
            audit.record("test.told", object_type="test", object_id="1", after={"n": 1},
                         tenant_id=tenant)  # fmt: skip
        found = entries(world, "test.told", tenant)[-1]
        page = browser.get(f"/platform/audit/{found.id}/")
        assert facts(page)["Chain"] == f"{tenant} in the control plane"
        assert facts(page)["Number"] == str(found.number)
        assert "n \N{EN DASH} 1" in words(page)


def test_nobody_else_of_the_platform_may(world: World, sign_in: SignIn) -> None:
    found = entries(world, "tenant.onboarded", "acme")[0]
    for role, code in ((Role.PLATFORM_ADMIN, 403), (Role.PLATFORM_VIEWER, 403)):
        answer = sign_in(world.platform[role]).get(f"/platform/audit/{found.id}/")
        assert answer.status_code == code
    assert sign_in(world.stranger).get(f"/platform/audit/{found.id}/").status_code == 404
