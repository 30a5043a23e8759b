"""The deployments of a tenant, over all its partitions."""

from apps.core.access import Role
from tests.console.bodies import row_names, words
from tests.console.many import make_deployments
from tests.console.signed_in import SignIn
from tests.world import World

PATH = "/t/acme/deployments/"


def test_the_newest_of_all_partitions_come_first(world: World, sign_in: SignIn) -> None:
    make_deployments(world.acme, "shared", 1)
    make_deployments(world.acme, "silo", 1)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    assert row_names(page)[:2] == ["silo 000", "shared 000"]


def test_a_gate_that_was_elsewhere_says_so_wherever_a_state_is_shown(
    world: World, sign_in: SignIn
) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    assert words(page).count("external") == 3


def test_status_and_environment_narrow_it(world: World, sign_in: SignIn) -> None:
    make_deployments(world.acme, "pool", 2)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    environment = str(world.acme.environments["pool"])
    assert len(row_names(browser.get(PATH, {"environment": environment}))) == 3
    assert len(row_names(browser.get(PATH, {"status": "Completed"}))) == 5
    assert row_names(browser.get(PATH, {"status": "Failed"})) == []


def test_the_neighbour_sees_nothing_of_it(world: World, sign_in: SignIn) -> None:
    make_deployments(world.acme, "shared", 3)
    page = sign_in(world.stranger).get("/t/globex/deployments/")
    assert row_names(page) == ["2 made by hand"] * 3
