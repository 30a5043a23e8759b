"""Paging by keyset: 120 rows and more of two partitions, there and back, each row once."""

import pytest

from apps.core.access import Role
from tests.console.bodies import link_named, links, row_names
from tests.console.many import make_configurations, make_deployments, make_services
from tests.console.paging import there_and_back, walk
from tests.console.signed_in import SignIn
from tests.world import World

WHERE = ("silo", "pool")


def test_services_of_two_partitions_are_merged_by_name_without_gap_or_repeat(
    world: World, sign_in: SignIn
) -> None:
    for offset, model in enumerate(WHERE):
        make_services(world.acme, model, [f"s{n:03}" for n in range(offset, 120, 2)])
    pages = there_and_back(sign_in(world.acme.people[Role.TENANT_VIEWER]), "/t/acme/services/")
    assert [len(page) for page in pages] == [50, 50, 26]
    names = [name for page in pages for name in page]
    assert names == sorted(
        [f"s{n:03}" for n in range(120)] + ["cart"] * 3 + ["web"] * 3
    )  # of acme's three environments


def test_services_of_one_name_in_many_environments_are_each_shown_once(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    make_services(world.acme, "silo", [f"a{n:03}" for n in range(49)])
    # The page breaks between the first and the second `cart`.
    pages = walk(browser, "/t/acme/services/", "next")[0]
    carts = [
        link for page in pages for link in links(page)
        if "/services/" in link and "/environments/" in link
    ]  # fmt: skip
    assert len(carts) == len(set(carts)) == 49 + 6


def test_deployments_of_two_partitions_come_newest_first(world: World, sign_in: SignIn) -> None:
    for model in WHERE:
        make_deployments(world.acme, model, 30)
    pages = there_and_back(sign_in(world.acme.people[Role.TENANT_VIEWER]), "/t/acme/deployments/")
    names = [name for page in pages for name in page]
    made = [f"{model} {n:03}" for model in WHERE for n in range(30)]
    assert names == [*reversed(made), *["2 made by hand"] * 3]


def test_configurations_of_two_partitions_come_newest_first(world: World, sign_in: SignIn) -> None:
    for model in WHERE:
        make_configurations(world.acme, model, 60)
    pages = there_and_back(
        sign_in(world.acme.people[Role.TENANT_VIEWER]), "/t/acme/configurations/"
    )
    names = [name for page in pages for name in page]
    assert len(names) == 123
    assert names[:60] == names[60:120] == [f"Version {n}" for n in range(61, 1, -1)]


def test_a_page_keeps_the_filter_that_it_was_reached_with(world: World, sign_in: SignIn) -> None:
    make_services(world.acme, "silo", [f"s{n:03}" for n in range(60)])
    make_services(world.acme, "pool", [f"s{n:03}" for n in range(60)])
    environment = world.acme.environments["silo"]
    path = f"/t/acme/services/?environment={environment}&q=S0"
    pages = there_and_back(sign_in(world.acme.people[Role.TENANT_VIEWER]), path)
    assert [name for page in pages for name in page] == [f"s{n:03}" for n in range(60)]


@pytest.mark.parametrize("way", ["next", "prev"])
def test_a_row_that_came_meanwhile_neither_repeats_nor_hides_another(
    world: World, sign_in: SignIn, way: str
) -> None:
    make_services(world.acme, "silo", [f"s{n:03}" for n in range(1, 120, 2)])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    first = browser.get("/t/acme/services/")
    second = browser.get(link_named(first, "next"))
    make_services(world.acme, "pool", ["s000", "s118"])
    if way == "next":
        now = row_names(browser.get(link_named(first, "next")))
        assert "s118" in now
        assert [name for name in now if name != "s118"] == row_names(second)
    else:
        back = row_names(browser.get(link_named(second, "prev")))
        assert back[-1] == row_names(first)[-1]
