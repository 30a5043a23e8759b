"""A tenant's exceptions and holds in its own admin: read, asked for, withdrawn, nothing more."""

from uuid import UUID

import pytest

from apps.core.access import TENANT_ROLES, Role
from apps.retention.models import GovernanceException, LegalHold
from tests.admin.sites import list_path, partition_site
from tests.console.bodies import links, words
from tests.console.governance import things_of_governance
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World

SITE = partition_site("acme", "pool")
EXCEPTIONS, HOLDS = (list_path(model, SITE) for model in (GovernanceException, LegalHold))
ASK = "/t/acme/retention/exceptions/request/"


@pytest.fixture
def theirs(world: World, rolled_back: None) -> dict[str, dict[str, UUID]]:
    return {t.slug: things_of_governance(t, "silo") for t in (world.acme, world.globex)}


def _status(world: World, exception: UUID) -> str:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        return str(GovernanceException.objects.get(id=exception).status)


def _withdraws(*exceptions: UUID) -> dict[str, object]:
    return {
        "action": "withdraw", "_selected_action": [str(e) for e in exceptions],
        "confirmed": str(len(exceptions)), "confirm": "withdraw",
    }  # fmt: skip


@pytest.mark.parametrize("role", TENANT_ROLES)
def test_who_reads_retention_reads_them_and_who_may_ask_is_led_there(
    world: World, sign_in: SignIn, theirs: dict[str, dict[str, UUID]], role: Role
) -> None:
    browser = sign_in(world.acme.people[role])
    reads, asks = role in (Role.TENANT_ADMIN, Role.TENANT_AUDITOR), role == Role.TENANT_ADMIN
    page = browser.get(EXCEPTIONS)
    assert page.status_code == (200 if reads else 403)
    assert (ASK in links(page)) is asks
    assert ("GDPR 17" in words(page)) is reads
    assert str(theirs["globex"]["exception"]) not in page.content.decode()
    assert (browser.get(HOLDS).status_code == 200) is reads
    for add in (f"{EXCEPTIONS}add/", f"{HOLDS}add/"):
        assert browser.get(add).status_code == browser.post(add, {}).status_code == 403


def test_holds_are_shown_to_the_tenants_auditors_alone(
    world: World, sign_in: SignIn, theirs: dict[str, dict[str, UUID]]
) -> None:
    one = f"{HOLDS}{theirs['acme']['hold']}/change/"
    for role, shown in ((Role.TENANT_AUDITOR, True), (Role.TENANT_ADMIN, False)):
        browser = sign_in(world.acme.people[role])
        assert ("a matter" in words(browser.get(HOLDS))) is shown
        assert ("a matter" in words(browser.get(one, follow=True))) is shown
    auditor = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    assert '<option value="' not in auditor.get(HOLDS).content.decode()
    assert "a matter" not in words(
        auditor.get(f"{HOLDS}{theirs['globex']['hold']}/change/", follow=True)
    )


def test_an_admin_withdraws_what_is_theirs_and_nothing_else(
    world: World, sign_in: SignIn, theirs: dict[str, dict[str, UUID]]
) -> None:
    mine, globex = (theirs[tenant]["exception"] for tenant in ("acme", "globex"))
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    browser.post(EXCEPTIONS, _withdraws(globex))
    browser.post(EXCEPTIONS, {**_withdraws(mine), "confirm": "yes"})
    sign_in(world.acme.people[Role.TENANT_AUDITOR]).post(EXCEPTIONS, _withdraws(mine))
    assert [_status(world, mine), _status(world, globex)] == ["Asked", "Asked"]
    browser.post(EXCEPTIONS, _withdraws(mine))
    assert [_status(world, mine), _status(world, globex)] == ["Withdrawn", "Asked"]
