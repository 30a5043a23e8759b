"""The version grid: services against environments, a page of each axis."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core.access import Role
from apps.freezes.operations import Window, create_freeze
from apps.overview import grid as grids
from apps.services.operations import change_service
from apps.tenant_bindings.operations import activate_binding, request_binding
from tests.console.bodies import words
from tests.console.many import make_services
from tests.console.signed_in import SignIn
from tests.core.doors import inside, on_platform, requested_environment
from tests.world import World

PATH = "/t/acme/grid/"


def shown(world: World, sign_in: SignIn, more: str = "") -> Any:
    return sign_in(world.acme.people[Role.TENANT_VIEWER]).get(f"{PATH}{more}").context["grid"]


def names(grid: Any) -> list[str]:
    return [row.module_id for row in grid.rows]


def test_services_of_every_partition_stand_in_one_row(world: World, sign_in: SignIn) -> None:
    grid = shown(world, sign_in)
    assert names(grid) == ["cart", "web"]
    assert {c.binding.isolation_model for c in grid.columns} == {"silo", "pool", "shared"}
    mine = {tuple(cell.service_id for cell in row.cells) for row in grid.rows}
    order = [column.binding.isolation_model for column in grid.columns]
    assert mine == {
        tuple(world.acme.services[model][name] for model in order) for name in ("cart", "web")
    }


def test_the_neighbour_in_the_same_schema_has_no_row(world: World, sign_in: SignIn) -> None:
    make_services(world.globex, "shared", ["aaa-theirs"])
    assert names(shown(world, sign_in)) == ["cart", "web"]


def test_what_was_not_seen_lately_is_stale_and_never_green(world: World, sign_in: SignIn) -> None:
    grid = shown(world, sign_in)
    assert {cell.state for row in grid.rows for cell in row.cells} == {"Stale"}


def test_only_what_differs_leaves_the_rest_out(world: World, sign_in: SignIn) -> None:
    assert names(shown(world, sign_in, "?project=shop&differs=1")) == []
    with inside(world.acme, "pool"):
        change_service(world.acme.services["pool"]["web"], version="2.0", reason="a try")
    make_services(world.acme, "silo", ["alone"])
    grid = shown(world, sign_in, "?project=shop&differs=1")
    assert names(grid) == ["alone", "web"]
    assert {cell.version for cell in grid.rows[1].cells} == {"1.0", "2.0"}


def test_pages_of_services_hold_every_one_of_them_once(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grids, "ROWS", 3)
    made = {"silo": ["a1", "b1", "c1"], "pool": ["a2", "b1", "z9"], "shared": ["a3", "b2"]}
    for model, modules in made.items():
        make_services(world.acme, model, modules)
    found: list[str] = []
    more = ""
    while True:
        grid = shown(world, sign_in, f"?project=shop&after={more}")
        assert len(grid.rows) <= 3
        found += names(grid)
        cells = [cell for row in grid.rows for cell in row.cells if cell and row.module_id == "b1"]
        assert len(cells) in (0, 2)
        if not (more := grid.following):
            break
    assert found == sorted({"cart", "web"}.union(*made.values()))


def test_what_differs_is_found_behind_many_that_do_not(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grids, "ROWS", 2)
    monkeypatch.setattr(grids, "LOOKED_THROUGH", 2)
    for model in ("silo", "pool", "shared"):
        make_services(world.acme, model, ["a", "b", "c"])
    make_services(world.acme, "silo", ["zz"])
    found: list[str] = []
    more, pages = "", 0
    while True:
        grid = shown(world, sign_in, f"?project=shop&differs=1&after={more}")
        found, pages = found + names(grid), pages + 1
        if not (more := grid.following):
            break
    assert found == ["zz"]
    assert pages == 3


def test_environments_are_paged_in_order_of_stage(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grids, "COLUMNS", 2)
    first = shown(world, sign_in)
    second = shown(world, sign_in, f"?project=shop&column={first.next_column}")
    assert first.more_columns
    assert not second.more_columns
    seen = [column.binding.environment_id for grid in (first, second) for column in grid.columns]
    assert sorted(seen) == sorted(world.acme.environments.values())


def test_a_freeze_locks_the_environments_that_it_concerns(world: World, sign_in: SignIn) -> None:
    now = timezone.now()
    with inside(world.acme, "silo", role=Role.TENANT_ADMIN):
        create_freeze(
            scope="environment",
            environment_id=world.acme.environments["silo"],
            window=Window(now - timedelta(hours=1), now + timedelta(hours=1)),
            reason="the fair",
        )
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    frozen = {
        c.binding.isolation_model: [r.reason for r in c.frozen]
        for c in page.context["grid"].columns
    }
    assert frozen == {"silo": ["the fair"], "pool": [], "shared": []}
    assert words(page).count("frozen until") == 1


@pytest.mark.parametrize(
    "more", ["?project=%00", "?project=%ed%a0%80", "?after=%27%22%3C", "?project=nowhere&q=%25"]
)
def test_hostile_choices_find_nothing_and_break_nothing(
    world: World, sign_in: SignIn, more: str
) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(f"{PATH}{more}")
    assert page.status_code == 200


@pytest.mark.parametrize("column", ["-1", "x", "²", "9999999999999999999"])
def test_a_place_that_is_no_number_is_refused(world: World, sign_in: SignIn, column: str) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(f"{PATH}?column={column}")
    assert page.status_code == 422


def test_another_projects_environments_are_a_group_of_their_own(
    world: World, sign_in: SignIn
) -> None:
    with on_platform(world):
        other = requested_environment("pool", project_id="archive")
        activate_binding(request_binding(tenant_id="acme", environment_id=other, quota={}).id)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    assert [(p.name, p.environments) for p in page.context["projects"]] == [
        ("archive", 1),
        ("shop", 3),
    ]
    assert page.context["grid"].project == "archive"
