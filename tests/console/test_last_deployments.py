"""What a cell of the version grid opens."""

from apps.core.access import Role
from apps.services.operations import change_service
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World


def test_a_cell_opens_the_last_deployments_with_verbs_for_who_may(
    world: World, sign_in: SignIn
) -> None:
    service = world.acme.services["silo"]["cart"]
    where = f"/t/acme/environments/{world.acme.environments['silo']}"
    path = f"{where}/services/{service}/last-deployments/"
    htmx = {"HX-Request": "true", "HX-Target": "opened"}
    operator = sign_in(world.acme.people[Role.TENANT_OPERATOR]).get(path, headers=htmx)
    text = operator.content.decode()
    assert text.strip().startswith("<section")
    assert f"{where}/deployments/new/" in text
    assert "roll-back/" in text
    viewer = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path, headers=htmx)
    assert "deployments/new/" not in viewer.content.decode()
    assert "roll-back/" not in viewer.content.decode()


def test_only_the_last_five_that_touched_it_stand_there(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "silo"):
        for number in range(6):
            change_service(world.acme.services["silo"]["cart"], version=f"2.{number}")
    path = (
        f"/t/acme/environments/{world.acme.environments['silo']}"
        f"/services/{world.acme.services['silo']['cart']}/last-deployments/"
    )
    rows = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path).context["products"]
    assert [row.version_after for row in rows] == ["2.5", "2.4", "2.3", "2.2", "2.1"]


def test_a_neighbours_service_is_none(world: World, sign_in: SignIn) -> None:
    path = (
        f"/t/acme/environments/{world.acme.environments['shared']}"
        f"/services/{world.globex.services['shared']['cart']}/last-deployments/"
    )
    assert sign_in(world.acme.people[Role.TENANT_VIEWER]).get(path).status_code == 404
