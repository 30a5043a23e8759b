"""Every URL, every visitor: who may open it, who may only know of it, who may not even that."""

import pytest

from tests.console.places import (
    EXPECTED,
    READ_PAGES,
    VISITORS,
    WRITE_PAGES,
    things_of,
)
from tests.console.signed_in import SignIn, visitor
from tests.world import World


@pytest.mark.parametrize("who", VISITORS, ids=str)
def test_every_page_answers_each_visitor_as_the_table_says(
    world: World, sign_in: SignIn, who: str | None
) -> None:
    things, browser = things_of(world.acme), sign_in(visitor(world, who))
    found = {name: browser.get(things.path(name)).status_code for name in EXPECTED}
    assert found == {name: codes[who] for name, codes in EXPECTED.items()}


@pytest.mark.parametrize("who", VISITORS, ids=str)
def test_nobody_writes_to_a_page_that_is_for_reading(
    world: World, sign_in: SignIn, who: str | None
) -> None:
    things, browser = things_of(world.acme), sign_in(visitor(world, who))
    found = {
        (name, method): browser.generic(method, things.path(name)).status_code
        for name in READ_PAGES
        for method in ("POST", "PUT", "PATCH", "DELETE")
    }
    # Who may read it learns that the method is wrong; a stranger learns nothing.
    assert found == {
        (name, method): 405 if EXPECTED[name][who] == 200 else EXPECTED[name][who]
        for name, method in found
    }


@pytest.mark.parametrize("who", VISITORS, ids=str)
def test_a_form_is_taken_from_nobody_but_who_may_open_it(
    world: World, sign_in: SignIn, who: str | None
) -> None:
    things, browser = things_of(world.acme), sign_in(visitor(world, who))
    found = {name: browser.post(things.path(name), {}).status_code for name in WRITE_PAGES}
    # An empty form is refused with the reasons beside its fields.
    assert found == {
        name: 422 if EXPECTED[name][who] == 200 else EXPECTED[name][who] for name in WRITE_PAGES
    }


@pytest.mark.parametrize("who", VISITORS, ids=str)
def test_head_answers_as_get_does_and_without_a_body(
    world: World, sign_in: SignIn, who: str | None
) -> None:
    things, browser = things_of(world.acme), sign_in(visitor(world, who))
    for name, codes in EXPECTED.items():
        answer = browser.head(things.path(name))
        assert (name, answer.status_code, b"".join(answer)) == (name, codes[who], b"")


def test_who_is_nobody_is_sent_to_sign_in_and_back_again(world: World, sign_in: SignIn) -> None:
    things, browser = things_of(world.acme), sign_in(None)
    for name, codes in EXPECTED.items():
        path = things.path(name)
        if codes[None] == 302:
            assert browser.get(path)["Location"] == f"/accounts/login/?next={path}"
