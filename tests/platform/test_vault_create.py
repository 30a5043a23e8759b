"""Registering a vault for a tenant: whose references it then takes, and nobody else's."""

import pytest

from apps.configurations.operations import draft_configuration
from apps.core.access import Role
from apps.core.errors import Invalid
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import inside
from tests.platform.forms import errors
from tests.world import World

PATH = "/platform/tenants/acme/vaults/new/"
PAYLOAD = {"password": {"secretRef": "kv://acme-eu/database"}}


def test_a_platform_admin_registers_one_and_its_references_are_taken(
    world: World, sign_in: SignIn
) -> None:
    with inside(world.acme), pytest.raises(Invalid):
        draft_configuration(payload=PAYLOAD)
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = browser.post(PATH, {"name": "acme-eu"})
    assert answer.status_code == 302
    assert "acme-eu" in words(browser.get(answer["Location"]))
    with inside(world.acme):
        draft_configuration(payload=PAYLOAD)
    with inside(world.globex), pytest.raises(Invalid, match="not there"):
        draft_configuration(payload=PAYLOAD)
    [entry] = entries(world, "vault.registered", "acme")
    assert entry.after == {"vault": "acme-eu"}


@pytest.mark.parametrize("name", ["", "Acme", "-a", "a/b", "x" * 80, "a b", "a\x00"])
def test_a_name_that_no_reference_can_hold_is_refused(
    world: World, sign_in: SignIn, name: str
) -> None:
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, {"name": name})
    assert (page.status_code, set(errors(page))) == (422, {"name", ""})


def test_a_vault_is_one_tenants(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    page = browser.post(PATH, {"name": "globex"})
    assert (page.status_code, "registered already" in errors(page)[""]) == (422, True)
    assert browser.post(PATH.replace("acme", "nobody"), {"name": "new"}).status_code == 404
    assert browser.post(PATH.replace("acme", "platform"), {"name": "new"}).status_code == 404
