"""Decommissioning in the console: no new work at once, a job for the rest, progress on the page."""

from collections.abc import Callable

import pytest
from django.db import connections

from apps.core.access import Role
from apps.core.errors import Refused
from apps.deployments.operations import request_deployment
from apps.environments.decommission import release_all
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.release import release_binding
from tests.console.bodies import words
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import inside, on_platform, requested_environment
from tests.platform.forms import errors
from tests.platform.verbs import status
from tests.world import World, person_actor


def jobs(environment: object) -> list[tuple[str, str]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT task_name, args ->> 'person_id' FROM procrastinate_jobs "
            "WHERE args ->> 'environment_id' = %s ORDER BY id",
            [str(environment)],
        )
        return list(cursor.fetchall())


def test_it_takes_no_new_work_at_once_and_a_job_does_the_rest(
    fresh: Callable[[], World],
) -> None:
    world = fresh()
    environment = world.acme.environments["shared"]
    admin = world.platform[Role.PLATFORM_ADMIN]
    browser = browser_of(admin)
    path = f"/platform/environments/{environment}/"
    typed = {"reason": "moved", "confirm": f"shared of {world.acme.slug}"}
    assert browser.post(f"{path}decommission/", typed).status_code == 302
    assert status(world, environment) == "Decommissioning"
    assert jobs(environment) == [("release_bindings_of", str(admin.id))]
    with inside(world.acme, "shared"), pytest.raises(Refused, match="Decommissioning"):
        request_deployment(release_ref="late")
    assert "0 of 2 bindings released" in words(browser.get(path))
    with on_platform(world):
        release_binding(world.acme.bindings["shared"])
    piece = browser.get(path, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert piece.content.decode().lstrip().startswith('<div id="progress"')
    assert "1 of 2 bindings released" in words(piece)
    assert "every 3s" in piece.content.decode()
    # Somebody else goes on, with rights of their own; nothing is moved twice.
    assert browser.post(f"{path}decommission/", typed).status_code == 302
    assert len(jobs(environment)) == 2
    assert release_all(environment, actor=person_actor(admin)).blocked == {}
    shown = browser.get(path)
    assert "2 of 2 bindings released" in words(shown)
    assert "every 3s" not in shown.content.decode()
    assert status(world, environment) == "Decommissioned"


def test_what_was_released_before_it_began_does_not_count(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        environment = requested_environment(name="end")
        gone = request_binding(tenant_id="globex", environment_id=environment, quota={})
        release_binding(gone.id)
        request_binding(tenant_id="acme", environment_id=environment, quota={})
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    path = f"/platform/environments/{environment}/"
    assert "bindings released" not in words(browser.get(path))
    browser.post(f"{path}decommission/", {"reason": "x", "confirm": "end"})
    assert "0 of 1 bindings released" in words(browser.get(path))


def test_the_name_is_typed_whatever_the_stage(world: World, sign_in: SignIn) -> None:
    with on_platform(world):
        environment = requested_environment(name="play", stage="dev")
    answer = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(
        f"/platform/environments/{environment}/decommission/", {"reason": "x", "confirm": "Play"}
    )
    assert errors(answer)["confirm"] == "This is not play."
    assert status(world, environment) == "Provisioned"
