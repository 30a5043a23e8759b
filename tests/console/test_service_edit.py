"""Editing a service: a deployment by hand, or nothing where nothing changed."""

from apps.core.access import Role
from apps.deployments.models import RuntimeDeployment
from apps.services.models import RuntimeService
from apps.services.operations import retire_service
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.platform.forms import errors, values
from tests.world import World

NAME = "services:service_edit"


def test_the_form_begins_with_what_there_is_and_saves_what_changed(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    typed = values(browser.get(things.path(NAME)))
    assert (typed["image"], typed["replicas"]) == ("registry.test/cart:1.0", "2")
    assert "module_id" not in typed
    answer = browser.post(things.path(NAME), typed | {"version": "2.0", "confirm": "prod"})
    assert answer.status_code == 302
    with inside(world.acme, "silo", writing=False):
        changed = RuntimeService.objects.get(id=things.service)
    assert (changed.version, changed.replicas) == ("2.0", 2)
    assert changed.deployment_id != things.deployment


def test_saved_as_it_is_nothing_is_made(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    typed = values(browser.get(things.path(NAME)))
    with inside(world.acme, "silo", writing=False):
        before = RuntimeDeployment.objects.count()
    assert browser.post(things.path(NAME), typed | {"confirm": "prod"}).status_code == 302
    with inside(world.acme, "silo", writing=False):
        assert RuntimeDeployment.objects.count() == before


def test_a_retired_one_is_not_edited(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    typed = values(browser.get(things.path(NAME))) | {"version": "3", "confirm": "prod"}
    with inside(world.acme, "silo"):
        retire_service(things.service)
    page = browser.post(things.path(NAME), typed)
    assert (page.status_code, errors(page)[""]) == (
        422, "A Retired service does not change any more.",
    )  # fmt: skip


def test_a_service_of_a_neighbour_is_not_there(world: World, sign_in: SignIn) -> None:
    mine, theirs = things_of(world.acme, "shared"), things_of(world.globex, "shared")
    path = mine.path(NAME).replace(str(mine.service), str(theirs.service))
    assert sign_in(world.acme.people[Role.TENANT_ADMIN]).get(path).status_code == 404
