"""What a tenant sees follows its binding: suspended it reads, released it knows nothing."""

from collections.abc import Callable

import pytest

from apps.core.access import Role
from apps.tenant_bindings.operations import suspend_binding
from apps.tenant_bindings.release import release_binding
from tests.console.bodies import without_ids
from tests.console.places import ENVIRONMENT_PAGES, TENANT_PAGES, things_of
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import on_platform
from tests.world import World


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_while_suspended_every_page_is_read_as_before(
    world: World, sign_in: SignIn, model: str
) -> None:
    things = things_of(world.acme, model)
    with on_platform(world):
        suspend_binding(world.acme.bindings[model])
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    found = {name: browser.get(things.path(name)).status_code for name in TENANT_PAGES}
    assert set(found.values()) == {200}
    page = browser.get(things.path("tenant_bindings:environment_detail")).content.decode()
    assert "suspended: everything can be read, nothing can be changed" in page


def test_while_suspended_a_post_is_answered_and_does_not_fail(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    with on_platform(world):
        for binding in world.acme.bindings.values():
            suspend_binding(binding)
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    for name in TENANT_PAGES:
        assert browser.post(things.path(name)).status_code == 405, name
    refused = browser.post("/t/acme/admin/silo/services/runtimeservice/", {"action": "x"})
    assert refused.status_code == 409
    assert "suspended" in refused.content.decode()


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_once_released_the_environment_is_unknown_to_the_tenant(
    fresh: Callable[[], World], model: str
) -> None:
    world = fresh()
    things, neighbour = things_of(world.acme, model), things_of(world.globex, model)
    browser = browser_of(world.acme.people[Role.TENANT_ADMIN])
    assert browser.get(things.path("services:service_detail")).status_code == 200
    with on_platform(world):
        release_binding(world.acme.bindings[model])
    gone = {name: browser.get(things.path(name)) for name in ENVIRONMENT_PAGES}
    assert {answer.status_code for answer in gone.values()} == {404}
    nowhere = without_ids(browser.get("/nowhere/"))
    assert {without_ids(answer) for answer in gone.values()} == {nowhere}
    for name in set(TENANT_PAGES) - set(ENVIRONMENT_PAGES):
        page = browser.get(things.path(name))
        assert page.status_code == 200
        assert str(things.environment) not in page.content.decode()
    other = browser_of(world.stranger)
    assert other.get(neighbour.path("services:service_detail")).status_code == 200


def test_a_tenant_with_no_binding_left_still_has_its_empty_pages(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    with on_platform(world):
        for binding in world.acme.bindings.values():
            release_binding(binding)
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    for name in set(TENANT_PAGES) - set(ENVIRONMENT_PAGES):
        assert browser.get(things.path(name)).status_code == 200, name
