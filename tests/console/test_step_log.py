"""The log of one step."""

from django.core.files.storage import storages

from apps.core.access import Role
from apps.deployments.logs import write_step_log
from apps.deployments.models import DeploymentStep
from apps.deployments.operations import request_deployment, start_step, steps_of, succeed_step
from tests.console.bodies import words
from tests.console.places import Things, things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

NAME = "deployments:step_log"


def path_of(things: Things, step: DeploymentStep) -> str:
    path = things.path(NAME).replace(str(things.deployment), str(step.deployment_id))
    return path.replace(str(things.step), str(step.id))


def test_the_lines_of_the_log_are_there(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME)))
    assert "cart: registry.test/cart:1.0 x 2" in text
    assert "SHA-256" in text


def test_of_a_long_log_the_last_500_lines_are_there(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        step = steps_of(request_deployment(release_ref="r2", steps=["long"]))[0]
        start_step(step.id)
        step = succeed_step(step.id)
        write_step_log(step, "".join(f"line {n}.\n" for n in range(30_000)).encode())
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path_of(things, step)))
    assert "line 29999." in text
    assert "line 29500." in text
    assert "line 29499." not in text


def test_what_a_log_says_is_text_and_never_markup(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        step = steps_of(request_deployment(release_ref="r2", steps=["evil"]))[0]
        start_step(step.id)
        step = succeed_step(step.id)
        write_step_log(step, b"<script>alert(1)</script>\x00\xff\n")
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path_of(things, step))
    assert page.status_code == 200
    assert b"<script>alert" not in page.content


def test_a_step_without_a_log_says_so(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        step = steps_of(request_deployment(release_ref="r2", steps=["quiet"]))[0]
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path_of(things, step))
    assert "This step has no log" in words(page)


def test_a_log_that_is_out_of_reach_is_told_and_the_page_stands(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        step = steps_of(request_deployment(release_ref="r2", steps=["gone"]))[0]
        start_step(step.id)
        step = succeed_step(step.id)
        write_step_log(step, b"here\n")
    storages["step_logs"].delete(step.log_path)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path_of(things, step))
    assert page.status_code == 200
    assert "The log is not in its place." in words(page)
