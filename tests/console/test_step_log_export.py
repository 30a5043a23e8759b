"""The log of a step as the file that was written."""

from apps.core.access import Role
from apps.deployments.operations import request_deployment, steps_of
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.test_step_log import path_of, written
from tests.core.doors import inside
from tests.world import World


def test_the_file_has_every_byte_and_is_never_a_page(world: World, sign_in: SignIn) -> None:
    content = b"\x1b[1;31mError:\x1b[0m <script>\xff\x00done\r\n" * 20_000
    path = path_of(things_of(world.acme), written(world, content))
    raw = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(f"{path}export/")
    assert b"".join(raw.streaming_content) == content  # type: ignore[attr-defined]
    assert raw["Content-Type"].startswith("text/plain")
    assert raw["Content-Disposition"].startswith("attachment")
    assert raw["X-Content-Type-Options"] == "nosniff"
    assert int(raw["Content-Length"]) == len(content)


def test_a_step_without_a_log_has_no_file(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    with inside(world.acme, "silo"):
        step = steps_of(request_deployment(release_ref="r2", steps=["silent"]))[0]
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert browser.get(f"{path_of(things, step)}export/").status_code == 404


def test_the_neighbours_log_is_not_found(world: World, sign_in: SignIn) -> None:
    path = path_of(things_of(world.acme), written(world, b"ours\n"))
    stranger = sign_in(world.stranger)
    assert stranger.get(f"{path}export/").status_code == 404
    theirs = path.replace("/t/acme/", "/t/globex/")
    assert stranger.get(f"{theirs}export/").status_code == 404
