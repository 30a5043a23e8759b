"""A tenant's environments, as its bindings say."""

from apps.core.access import Role
from apps.tenant_bindings.operations import activate_binding, request_binding
from tests.console.bodies import row_names
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform, requested_environment
from tests.world import World


def test_every_environment_that_is_bound_is_listed_with_its_placement(
    world: World, sign_in: SignIn
) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/environments/")
    assert sorted(row_names(page)) == ["pool of acme", "prod", "shared of acme"]


def test_a_binding_that_waits_for_its_partition_is_not_there_yet(
    world: World, sign_in: SignIn
) -> None:
    with on_platform(world):
        environment = requested_environment("pool", name="coming")
        binding = request_binding(tenant_id="acme", environment_id=environment, quota={})
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert "coming" not in browser.get("/t/acme/environments/").content.decode()
    assert browser.get(f"/t/acme/environments/{environment}/").status_code == 404
    with on_platform(world):
        activate_binding(binding.id)
    assert "coming" in browser.get("/t/acme/environments/").content.decode()


def test_neither_the_owner_nor_other_tenants_of_it_are_named(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    text = browser.get("/t/acme/environments/").content.decode()
    assert "globex" not in text
    assert "platform" not in text.lower()
