"""An environment's manifests in the console."""

from apps.core.access import Role
from apps.services.operations import ServiceSpec, create_services
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

NAME = "integrations:manifest_detail"


def test_a_viewer_finds_them_from_the_environments_page(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    environment = browser.get(things.path("tenant_bindings:environment_detail"))
    assert 'href="manifests/"' in environment.content.decode()
    said = browser.get(things.path(NAME)).content.decode()
    assert "HorizontalPodAutoscaler" in said
    assert f"net-{things.environment}" in said


def test_what_has_no_autoscaler_is_said_and_a_hostile_name_is_text(
    world: World, sign_in: SignIn
) -> None:
    with inside(world.acme, "silo"):
        create_services([ServiceSpec("<script>x", "r.test/x:1", "1", 0)])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    said = browser.get(things_of(world.acme).path(NAME)).content.decode()
    assert "<strong>&lt;script&gt;x</strong>" in said
    assert "<script>x" not in said
