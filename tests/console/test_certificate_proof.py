"""What proves one row's disposal."""

from apps.core.access import Role
from apps.retention.certificate_files import check_certificate, check_proof
from apps.retention.signing import public_key
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World

NAME = "retention:certificate_proof"


def test_the_proof_goes_with_the_certificate(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    body = check_certificate(
        browser.get(things.path("retention:certificate_export")).content, public_key()
    )
    assert check_proof(browser.get(things.path(NAME)).content, body).row_id == things.row


def test_there_is_none_of_a_row_that_is_not_covered(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    for other in (things.service, world.globex.disposed["row"]):
        path = things.path(NAME).replace(str(things.row), str(other))
        assert browser.get(path).status_code == 404
