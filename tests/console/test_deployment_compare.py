import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.access import Role
from apps.core.ids import uuid7
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.console.test_query_counts import ENTER, SAVEPOINT
from tests.console.verbs import path_of
from tests.core.doors import inside
from tests.deployments.stories import release
from tests.world import World


def test_without_another_it_is_compared_with_the_one_before(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        release("r1", {"cart": ("1.0", 2)}, {"limit": 1})
        second = release("r2", {"cart": ("2.0", 2), "mail": ("1", 1)}, {"limit": 2}).id
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    text = words(browser.get(path_of(world, "compare", second)))
    assert "From r1" in text
    assert "limit changed 1 2" in text
    assert "mail added" in text


def test_any_two_are_compared_in_either_order(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        first, second = (release(f"r{n}", {"cart": (f"{n}.0", n)}, {"n": n}).id for n in (1, 2))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    there = words(browser.get(f"{path_of(world, 'compare', second)}?with={first}"))
    back = words(browser.get(f"{path_of(world, 'compare', first)}?with={second}"))
    assert "1.0 → 2.0" in there
    assert "2.0 → 1.0" in back


@pytest.mark.parametrize("model", ["pool", "shared"])
def test_one_of_another_environment_is_found_in_whichever_partition(
    world: World, sign_in: SignIn, model: str
) -> None:
    with inside(world.acme, model):
        other = release("elsewhere", {"cart": ("7.0", 7)}).id
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    page = browser.get(f"{path_of(world, 'compare')}?with={other}")
    assert page.status_code == 200
    assert "7.0 → 1.0" in words(page)


def test_what_is_not_there_and_what_is_another_tenants_are_answered_alike(
    world: World, sign_in: SignIn
) -> None:
    theirs = things_of(world.globex).deployment
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for identifier in (theirs, uuid7()):
        assert browser.get(f"{path_of(world, 'compare')}?with={identifier}").status_code == 404
    assert browser.get(f"{path_of(world, 'compare')}?with=x").status_code == 422


def test_it_costs_the_same_whatever_the_releases_hold(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for count in (1, 20):
        with inside(world.acme, "silo"):
            services = {f"s{n:02}": ("1", 1) for n in range(count)}
            release("r", services)
            last = release("r", services).id
        path = path_of(world, "compare", last)
        browser.get(path)
        with CaptureQueriesContext(connection) as captured:
            browser.get(path)
        # Besides the page's own two: turns of three partitions, a lookup, two states, a binding.
        assert len(captured) - SAVEPOINT == ENTER + 2 + 3 + 1 + 4 + 1, count
