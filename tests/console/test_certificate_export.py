"""The certificate as a file that is checked without the portal."""

from apps.core.access import Role
from apps.retention.certificate_files import check_certificate
from apps.retention.signing import public_key
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.world import World


def test_the_file_is_found_genuine(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    answer = browser.get(things.path("retention:certificate_export"))
    assert answer["Content-Disposition"].endswith(f'"certificate-{things.certificate}.json"')
    assert answer["Content-Type"] == "application/json"
    body = check_certificate(answer.content, public_key())
    assert body["tenantId"] == "acme"
