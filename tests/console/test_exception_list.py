from apps.core.access import Role
from tests.console.bodies import links, row_names
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

PATH = "/t/acme/retention/exceptions/"


def test_a_tenant_sees_its_own_and_its_admins_ask(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    page = sign_in(world.acme.people[Role.TENANT_ADMIN]).get(PATH)
    assert "step-log" in row_names(page)
    assert {f"{PATH}request/", f"{PATH}{things.exception}/"} <= set(links(page))
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(PATH)
    assert f"{PATH}request/" not in links(page)
    theirs = sign_in(world.globex.people[Role.TENANT_ADMIN]).get("/t/globex/retention/exceptions/")
    assert str(things.exception) not in theirs.content.decode()
