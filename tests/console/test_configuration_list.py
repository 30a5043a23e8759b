"""The configurations of a tenant, over all its partitions."""

from apps.core.access import Role
from tests.console.bodies import row_names, words
from tests.console.many import make_configurations
from tests.console.signed_in import SignIn
from tests.world import World

PATH = "/t/acme/configurations/"


def test_versions_of_every_environment_are_there(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PATH)
    assert row_names(page) == ["Version 1"] * 3
    for name in ("prod", "pool of acme", "shared of acme"):
        assert name in words(page)


def test_status_and_environment_narrow_it(world: World, sign_in: SignIn) -> None:
    make_configurations(world.acme, "pool", 2)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert row_names(browser.get(PATH, {"status": "Draft"})) == ["Version 3", "Version 2"]
    environment = str(world.acme.environments["silo"])
    assert row_names(browser.get(PATH, {"environment": environment})) == ["Version 1"]


def test_the_neighbour_sees_nothing_of_it(world: World, sign_in: SignIn) -> None:
    make_configurations(world.acme, "shared", 2)
    page = sign_in(world.stranger).get("/t/globex/configurations/")
    assert row_names(page) == ["Version 1"] * 3
