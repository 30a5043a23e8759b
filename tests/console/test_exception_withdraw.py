from apps.core.access import Role
from apps.retention.models import GovernanceException
from tests.console.people import as_admin
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World


def test_an_admin_withdraws_what_was_asked(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    path = things.path("retention:exception_withdraw")
    assert browser.post(path, {"confirm": "globex"}).status_code == 422
    assert browser.post(path, {"confirm": "acme"}).status_code == 302
    with as_admin(world.acme):
        assert GovernanceException.objects.get(id=things.exception).status == "Withdrawn"
