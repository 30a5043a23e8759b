"""One run with what it did to every tenant."""

from apps.core.access import Role
from tests.console.bodies import facts, links, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

NAME = "platform_retention:run_detail"


def test_an_officer_sees_each_tenants_part_and_certificate(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    page = sign_in(world.platform[Role.GOVERNANCE_OFFICER]).get(things.path(NAME))
    assert "Completed" in words(page)
    assert "worker" in facts(page)["Started"]
    for tenant in (world.acme, world.globex):
        assert f"/platform/retention/certificates/{tenant.disposed['certificate']}/" in links(page)


def test_a_run_that_never_was_is_not_found(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    path = things.path(NAME).replace(str(things.run), str(things.row))
    assert sign_in(world.platform[Role.GOVERNANCE_OFFICER]).get(path).status_code == 404
