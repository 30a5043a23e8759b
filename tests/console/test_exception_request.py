from datetime import UTC, datetime, timedelta

from apps.core.access import Role
from apps.retention.models import GovernanceException
from tests.console.people import as_admin
from tests.console.signed_in import SignIn
from tests.platform.forms import errors
from tests.world import World

PATH = "/t/acme/retention/exceptions/request/"
NEXT_WEEK = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%dT%H:%M}"


def test_an_admin_asks_in_their_own_name(world: World, sign_in: SignIn) -> None:
    person = world.acme.people[Role.TENANT_ADMIN]
    given = {
        "data_class": "drift-finding", "legal_basis": "GDPR 17", "reason": "erasure",
        "lapses_at": NEXT_WEEK, "environment_id": str(world.acme.environments["silo"]),
    }  # fmt: skip
    answer = sign_in(person).post(PATH, given)
    with as_admin(world.acme):
        asked = GovernanceException.objects.get(data_class="drift-finding")
    assert answer["Location"] == f"/t/acme/retention/exceptions/{asked.id}/"
    assert (asked.status, asked.asked_by_id) == ("Asked", person.pk)
    assert asked.environment_id == world.acme.environments["silo"]


def test_what_is_wrong_stands_beside_its_field(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    given = {
        "data_class": "drift-finding", "legal_basis": "GDPR 17", "reason": "erasure",
        "lapses_at": "2001-01-01T00:00",
    }  # fmt: skip
    assert "lapses_at" in errors(browser.post(PATH, given))
    theirs = {**given, "environment_id": str(world.globex.environments["silo"])}
    assert "environment_id" in errors(browser.post(PATH, theirs))
