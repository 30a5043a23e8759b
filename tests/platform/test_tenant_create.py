"""Onboarding a tenant in the console."""

import pytest

from apps.core.access import Role
from apps.core.models import AuditEntry
from apps.tenants.models import Tenant, Vault
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.console.trail import entries, refusals
from tests.core.doors import on_platform
from tests.platform.forms import errors, values
from tests.world import World

PATH = "/platform/tenants/new/"
NEW = {"tenant_id": "initech", "name": "Initech"}


def test_a_platform_admin_onboards_one_and_is_led_to_it(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    answer = browser.post(PATH, NEW)
    assert (answer.status_code, answer["Location"]) == (302, "/platform/tenants/initech/")
    assert "Initech is onboarded" in words(browser.get("/platform/tenants/initech/"))
    with on_platform(world):
        assert Vault.objects.filter(tenant_id="initech", name="initech").exists()
    [entry] = entries(world, "tenant.onboarded", "initech")
    assert entry.actor_label == "platform-admin@acme.test"
    assert entry.request_id == answer["X-Request-ID"]
    assert entry.address == "127.0.0.1"


def test_a_platform_viewer_is_refused_and_the_refusal_is_on_record(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    assert browser.post(PATH, NEW).status_code == 403
    with on_platform(world):
        assert not Tenant.objects.filter(tenant_id="initech").exists()
    assert refusals(world, "platform") == [("platform-viewer@acme.test", PATH)]
    [entry] = entries(world, "access.refused", "platform")
    assert entry.after == {"method": "POST", "needs": "runtime.tenants.write"}


def test_a_stranger_leaves_no_trace_but_a_404(world: World, sign_in: SignIn) -> None:
    assert sign_in(world.stranger).post(PATH, NEW).status_code == 404
    assert refusals(world, "platform") == []


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"tenant_id": "", "name": ""}, {"tenant_id", "name"}),
        ({"tenant_id": "initech", "name": "   "}, {"name"}),
        ({"tenant_id": "Not A Slug", "name": "Kept"}, {"tenant_id"}),
        ({"tenant_id": "UPPER", "name": "Kept"}, {"tenant_id"}),
        ({"tenant_id": "ab", "name": "Kept"}, {"tenant_id"}),
        ({"tenant_id": "ends-", "name": "Kept"}, {"tenant_id"}),
        ({"tenant_id": "platform", "name": "Kept"}, {"tenant_id"}),
        ({"tenant_id": "shared", "name": "Kept"}, {"tenant_id"}),
        ({"tenant_id": "x" * 41, "name": "Kept"}, {"tenant_id"}),
        ({"tenant_id": "initech", "name": "x" * 121}, {"name"}),
        ({"tenant_id": "initech", "name": "a\x00b"}, {"name"}),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:50],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(
    world: World, sign_in: SignIn, typed: dict[str, str], wrong: set[str]
) -> None:
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, typed)
    assert page.status_code == 422
    assert set(errors(page)) == wrong | {""}
    assert {k: v.strip() for k, v in values(page).items()} == {
        k: v.strip() for k, v in typed.items()
    }


def test_a_slug_that_is_taken_is_refused_and_nothing_changes(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.platform[Role.PLATFORM_ADMIN]).post(PATH, {**NEW, "tenant_id": "acme"})
    assert page.status_code == 422
    assert "never used again" in errors(page)[""]
    with on_platform(world):
        assert Tenant.objects.get(tenant_id="acme").name == "Acme"
        assert not AuditEntry.objects.filter(told__after__name="Initech").exists()


def test_a_form_from_another_site_is_not_taken(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    browser.handler.enforce_csrf_checks = True
    page = browser.post(PATH, NEW)
    assert page.status_code == 403
    assert "This form has expired" in words(page)
    assert "<style" not in page.content.decode()
    with on_platform(world):
        assert not Tenant.objects.filter(tenant_id="initech").exists()


def test_a_field_that_one_leaves_is_validated_and_nothing_is_made(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    whole = {"tenant_id": "initech", "name": "Initech"}
    for typed, said in (({"tenant_id": "Not A Slug"}, 1), (whole, 0)):
        answer = browser.post(
            PATH, typed, headers={"HX-Request": "true", "HX-Target": "field-tenant_id"}
        )
        text = answer.content.decode()
        assert answer.status_code == 200
        assert text.count("errorlist") == said
        assert "<html" not in text
        assert 'name="name"' not in text
    # A target that is no field of the form saves nothing either.
    other = browser.post(PATH, whole, headers={"HX-Request": "true", "HX-Target": "field-nothing"})
    assert other.status_code == 422
    with on_platform(world):
        assert not Tenant.objects.filter(tenant_id="initech").exists()
