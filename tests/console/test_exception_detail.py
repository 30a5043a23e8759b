from apps.core.access import Role
from tests.console.bodies import facts, links
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World


def test_a_tenants_admin_may_withdraw_it_and_not_decide(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("retention:exception_detail")
    page = sign_in(world.acme.people[Role.TENANT_ADMIN]).get(path)
    assert facts(page)["Reason"] == "erasure"
    assert f"{path}withdraw/" in links(page)
    assert f"{path}approve/" not in links(page)
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(path)
    assert f"{path}withdraw/" not in links(page)


def test_another_tenants_is_not_there(world: World, sign_in: SignIn) -> None:
    path = things_of(world.acme).path("retention:exception_detail").replace("acme", "globex")
    assert sign_in(world.globex.people[Role.TENANT_ADMIN]).get(path).status_code == 404
