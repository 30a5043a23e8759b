"""A tenant's overview."""

from apps.core.access import Role
from tests.console.many import make_deployments, make_services
from tests.console.signed_in import SignIn
from tests.world import World


def test_each_environment_stands_there_with_what_runs_in_it(world: World, sign_in: SignIn) -> None:
    make_services(world.acme, "pool", ["one", "two"])
    text = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/").content.decode()
    for model, services, replicas in (("silo", 2, 5), ("pool", 4, 7), ("shared", 2, 5)):
        link = f"/t/acme/services/?environment={world.acme.environments[model]}"
        assert f'{link}">{services}</a> <span class="quiet">with {replicas} replicas' in text


def test_the_neighbour_in_the_same_schema_is_not_counted(world: World, sign_in: SignIn) -> None:
    before = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/").content.decode()
    make_services(world.globex, "shared", ["three", "four"])
    after = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/").content.decode()
    assert before.count("with 5 replicas") == after.count("with 5 replicas") == 3


def test_the_newest_deployments_of_all_partitions_come_first(world: World, sign_in: SignIn) -> None:
    for model in ("silo", "pool", "shared"):
        make_deployments(world.acme, model, 4)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/")
    _, _, table = page.content.decode().partition("Last deployments")
    places = [table.find(f"shared {n:03}") for n in range(3, -1, -1)]
    places += [table.find(f"pool {n:03}") for n in range(3, -1, -1)]
    assert places == sorted(places)
    assert -1 not in places
    assert "silo 003" not in table
