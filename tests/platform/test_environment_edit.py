"""Editing an environment: its name and stack always, what it is only until it is Provisioned."""

from apps.core.access import Role
from apps.environments.models import RuntimeEnvironment
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import request_binding
from tests.console.bodies import row_names
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform, requested_environment
from tests.platform.forms import errors, values
from tests.platform.verbs import environment_in
from tests.world import World

EARLY = {
    "name": "renamed", "pulumi_stack_ref": "org/shop/x", "stage": "test", "region": "northeurope",
    "isolation_model": "pool", "confirm": "one of its own",
}  # fmt: skip


def path_of(environment: object) -> str:
    return f"/platform/environments/{environment}/edit/"


def test_before_it_is_provisioned_everything_changes_but_whose_it_is(
    world: World, sign_in: SignIn
) -> None:
    environment = environment_in(world, "Failed")
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert set(values(browser.get(path_of(environment)))) == set(EARLY)
    assert browser.post(path_of(environment), EARLY).status_code == 302
    with on_platform(world):
        found = RuntimeEnvironment.objects.get(id=environment)
    assert {n: getattr(found, n) for n in EARLY if n != "confirm"} == {
        n: v for n, v in EARLY.items() if n != "confirm"
    }
    [entry] = entries(world, "environment.edited", "acme")
    assert entry.before["stage"] == "prod"
    assert entry.after["pulumiStackRef"] == "org/shop/x"


def test_once_provisioned_its_name_changes_everywhere_and_what_it_is_no_more(
    world: World, sign_in: SignIn
) -> None:
    with on_platform(world):
        environment = requested_environment(name="before", stage="dev")
        request_binding(tenant_id="acme", environment_id=environment, quota={})
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert set(values(browser.get(path_of(environment)))) == {"name", "pulumi_stack_ref"}
    browser.post(path_of(environment), {"name": "afterwards", "stage": "prod", "region": "x"})
    with on_platform(world):
        found = RuntimeEnvironment.objects.get(id=environment)
        binding = RuntimeTenantBinding.objects.get(environment_id=environment)
    assert (found.name, found.stage, found.region) == ("afterwards", "dev", "westeurope")
    assert binding.environment_name == "afterwards"
    searched = browser.get("/platform/bindings/", {"environment": str(environment)})
    assert row_names(searched) == ["acme"]


def test_a_taken_name_is_refused_and_nothing_changes(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        requested_environment(name="taken", stage="dev")
        other = requested_environment(name="other", stage="dev")
    answer = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(path_of(other), {"name": "taken"})
    assert answer.status_code == 422
    assert "'taken' already" in errors(answer)[""]


def test_what_changes_nothing_leaves_no_entry(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        environment = requested_environment(name="same", stage="dev")
    sign_in(world.platform[Role.PLATFORM_ADMIN]).post(path_of(environment), {"name": " same "})
    assert entries(world, "environment.edited", "platform") == []


def test_production_is_confirmed_by_its_name(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        environment = requested_environment(name="live")
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = browser.post(path_of(environment), {"name": "x"})
    assert "confirm" in errors(answer)
    assert browser.post(path_of(environment), {"name": "x", "confirm": "live"}).status_code == 302
