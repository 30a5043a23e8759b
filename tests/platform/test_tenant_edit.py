"""Renaming a tenant: the name changes, the slug never."""

import pytest

from apps.core.access import Role
from apps.tenants.models import Tenant
from tests.console.signed_in import SignIn
from tests.console.trail import entries
from tests.core.doors import on_platform
from tests.platform.forms import errors, values
from tests.world import World

PATH = "/platform/tenants/acme/edit/"


def name(world: World) -> str:
    with on_platform(world):
        return Tenant.objects.get(tenant_id="acme").name


def test_a_platform_admin_renames_it_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert values(browser.get(PATH))["name"] == "Acme"
    assert browser.post(PATH, {"name": " Acme Ltd ", "tenant_id": "other"}).status_code == 302
    assert name(world) == "Acme Ltd"
    [entry] = entries(world, "tenant.renamed", "acme")
    assert (entry.before, entry.after) == ({"name": "Acme"}, {"name": "Acme Ltd"})
    browser.post(PATH, {"name": "Acme Ltd"})
    assert len(entries(world, "tenant.renamed", "acme")) == 1


@pytest.mark.parametrize("given", ["", " ", "x" * 121])
def test_a_name_that_may_not_be_is_refused(world: World, sign_in: SignIn, given: str) -> None:
    answer = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, {"name": given})
    assert answer.status_code == 422
    assert "name" in errors(answer)
    assert name(world) == "Acme"


@pytest.mark.parametrize("slug", ["nobody", "platform"])
def test_nobody_and_the_platform_itself_are_not_found(
    world: World, sign_in: SignIn, slug: str
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert browser.get(f"/platform/tenants/{slug}/edit/").status_code == 404
