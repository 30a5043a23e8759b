"""Inviting the first admin of a tenant that has none."""

from django.core import mail

from apps.core.access import Role
from apps.tenants.operations import onboard_tenant
from tests.console.bodies import links
from tests.console.people import as_platform
from tests.console.signed_in import SignIn
from tests.platform.forms import errors
from tests.world import World

TYPED = {"email": "first@new.test", "role": "tenant-admin"}


def test_a_new_tenant_gets_one(world: World, sign_in: SignIn) -> None:
    with as_platform(world.acme):
        onboard_tenant(slug="initech", name="Initech")
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert "/platform/tenants/initech/invite/" in links(browser.get("/platform/tenants/initech/"))
    answer = browser.post("/platform/tenants/initech/invite/", TYPED)
    assert (answer.status_code, answer["Location"]) == (302, "/platform/tenants/initech/")
    assert mail.outbox[-1].to == ["first@new.test"]


def test_a_tenant_with_an_admin_gets_none_from_the_platform(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    assert "/platform/tenants/acme/invite/" not in links(browser.get("/platform/tenants/acme/"))
    page = browser.post("/platform/tenants/acme/invite/", TYPED)
    assert page.status_code == 422
    assert "its own admins" in errors(page)[""]
    for slug in ("platform", "nobody"):
        assert browser.get(f"/platform/tenants/{slug}/invite/").status_code == 404
