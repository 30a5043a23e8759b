"""Another's thing is answered as one that does not exist, byte for byte."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

import pytest

from apps.core.access import Role
from apps.core.ids import uuid7
from tests.console.bodies import without_ids
from tests.console.places import (
    ENVIRONMENT_PAGES,
    TENANT_PAGES,
    Things,
    parameters,
    things_of,
)
from tests.console.signed_in import SignIn
from tests.world import World


@pytest.mark.parametrize("name", TENANT_PAGES)
def test_a_stranger_cannot_tell_a_tenant_from_one_that_is_not(
    world: World, sign_in: SignIn, name: str
) -> None:
    real = things_of(world.acme)
    made_up = replace(_made_up(real), tenant="nobody")
    stranger = sign_in(world.stranger)
    theirs, nothing = stranger.get(real.path(name)), stranger.get(made_up.path(name))
    assert theirs.status_code == nothing.status_code == 404
    assert without_ids(theirs) == without_ids(nothing)
    assert _headers(theirs) == _headers(nothing)


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
@pytest.mark.parametrize("name", ENVIRONMENT_PAGES)
def test_a_neighbours_id_under_ones_own_tenant_is_like_a_made_up_one(
    world: World, sign_in: SignIn, name: str, model: str
) -> None:
    mine, neighbours = things_of(world.acme, model), things_of(world.globex, model)
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    assert browser.get(mine.path(name)).status_code == 200
    nothing = dict(_one_wrong(mine, _made_up(mine), name))
    for field, wrong in _one_wrong(mine, neighbours, name):
        theirs, none = browser.get(wrong.path(name)), browser.get(nothing[field].path(name))
        assert theirs.status_code == none.status_code == 404, field
        assert without_ids(theirs) == without_ids(none), field


def test_a_thing_of_ones_own_is_not_found_under_another_environment(
    world: World, sign_in: SignIn
) -> None:
    silo, pool = things_of(world.acme, "silo"), things_of(world.acme, "pool")
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    for name in ENVIRONMENT_PAGES:
        if len(parameters(name)) > 2:  # tenant and environment alone name nothing in it
            for field, wrong in _one_wrong(silo, pool, name):
                assert browser.get(wrong.path(name)).status_code == 404, (name, field)


def test_the_platform_is_like_no_place_at_all_to_a_tenants_people(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    nowhere = without_ids(browser.get("/nowhere/"))
    for path in ("/platform/", "/platform/tenants/acme/", "/platform/admin/", "/t/platform/"):
        assert without_ids(browser.get(path)) == nowhere


def _made_up(things: Things) -> Things:
    names = [f.name for f in fields(things) if isinstance(getattr(things, f.name), UUID)]
    return replace(things, **{name: uuid7() for name in names})


def _one_wrong(mine: Things, theirs: Things, name: str) -> Iterator[tuple[str, Things]]:
    """Mine with one id of theirs, for each id that the page's URL has."""
    for field in fields(mine):
        changed: dict[str, Any] = {field.name: getattr(theirs, field.name)}
        wrong = replace(mine, **changed)
        if field.name != "tenant" and wrong.path(name) != mine.path(name):
            yield field.name, wrong


def _headers(response: Any) -> dict[str, str]:
    return {k: v for k, v in response.headers.items() if k != "X-Request-ID"}
