"""The file that an officer takes is the one that a tenant's auditor takes."""

from apps.core.access import Role
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World


def test_both_take_the_same_file(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    officer = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    auditor = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    files = [
        browser.get(things.path(f"{name}:certificate_export")).content
        for browser, name in ((officer, "platform_retention"), (auditor, "retention"))
    ]
    assert files[0] == files[1]
    assert b"signature" in files[0]
