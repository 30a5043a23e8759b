"""The log of one step."""

from typing import Any

import pytest
from django.core.files.storage import storages
from django.shortcuts import get_object_or_404
from django.utils.timezone import now

from apps.core.access import Role
from apps.deployments import views
from apps.deployments.logs import write_step_log
from apps.deployments.models import DeploymentStep
from apps.deployments.operations import request_deployment, start_step, steps_of, succeed_step
from tests.console.bodies import link_named, links, words
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


def test_on_files_the_page_says_that_there_are_no_tiers(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME)))
    assert "files have no tiers" in text


@pytest.mark.parametrize(
    ("tier", "size", "problem", "shown"),
    [
        ("Cool", 28, "", "Cool tier, 28 bytes when last looked at"),
        ("Hot", 3, "the row says 28 bytes", "Hot tier, 3 bytes when last looked at"),
        ("", None, "there is no such blob", "Not seen when last looked at"),
    ],
)
def test_the_tier_that_was_seen_is_shown_and_what_kept_it(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch,
    tier: str, size: int | None, problem: str, shown: str,
) -> None:  # fmt: skip
    """The steward alone writes it, so it is put onto the row that the page has read."""

    def found(*arguments: Any, **how: Any) -> Any:
        step = get_object_or_404(*arguments, **how)
        step.log_tier, step.log_observed_bytes, step.log_problem = tier, size, problem
        step.log_observed_at = now()
        return step

    monkeypatch.setattr(views, "get_object_or_404", found)
    things = things_of(world.acme)
    text = words(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(things.path(NAME)))
    assert shown in text
    assert problem in text
    assert "files have no tiers" not in text


def written(world: World, content: bytes) -> DeploymentStep:
    with inside(world.acme, "silo"):
        step = steps_of(request_deployment(release_ref="r2", steps=["long"]))[0]
        start_step(step.id)
        step = succeed_step(step.id)
        write_step_log(step, content)
    return step


def test_earlier_lines_are_a_page_back_and_a_line_has_a_link(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    path = path_of(things, written(world, "".join(f"line {n}.\n" for n in range(1200)).encode()))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    seen = []
    page = browser.get(path)
    while True:
        seen.append(words(page))
        if not (back := link_named(page, "prev")):
            break
        page = browser.get(back)
    assert len(seen) == 3
    for text, first, last in zip(seen, (700, 200, 0), (1199, 699, 199), strict=True):
        assert f"line {first}." in text and f"line {last}." in text
        assert f"line {last + 1}." not in text
    way = next(url for url in links(page) if "?from=" in url and "#b" in url)
    linked = browser.get(way.partition("#")[0])
    assert f'id="{way.partition("#")[2]}"' in linked.content.decode()


def test_colours_are_classes_and_other_escapes_go(world: World, sign_in: SignIn) -> None:
    content = b"\x1b[1;31mError:\x1b[0m <b>\x1b]0;owned\x07done\r\n"
    path = path_of(things_of(world.acme), written(world, content))
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path).content.decode()
    assert '<span class="ansi-bold ansi-red">Error:</span> &lt;b&gt;done' in page
    assert "owned" not in page and "\x1b" not in page


@pytest.mark.parametrize("query", ["before=-1", "from=x", "before=1e3", "from=" + "9" * 40])
def test_what_is_no_place_of_a_byte_is_refused(world: World, sign_in: SignIn, query: str) -> None:
    path = things_of(world.acme).path(NAME)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert browser.get(f"{path}?{query}").status_code == 422
