"""The proof that an officer takes is the one that a tenant's auditor takes."""

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

NAME = "platform_retention:certificate_proof"


def test_a_row_of_another_tenant_has_none(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    assert browser.get(things.path(NAME)).json()["id"] == str(things.row)
    other = things.path(NAME).replace(str(things.row), str(world.globex.disposed["row"]))
    assert browser.get(other).status_code == 404
