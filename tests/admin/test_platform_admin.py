"""The admin of the control plane: read there, written by operations."""

from typing import Any

import pytest

from apps.core.access import Role
from apps.core.models import AuditEntry
from apps.people.models import Person
from apps.tenants.models import Tenant
from tests.admin.sites import PLATFORM, list_path
from tests.console.bodies import words
from tests.console.signed_in import VISITOR_ROLES, SignIn, visitor
from tests.console.trail import refusals
from tests.core.doors import on_platform
from tests.world import World

# The audit is for governance officers alone.
READABLE = tuple(model for model in PLATFORM if model is not AuditEntry)
READERS = (Role.PLATFORM_VIEWER, Role.PLATFORM_ADMIN, Role.GOVERNANCE_OFFICER)


def a_row(world: World, model: Any) -> Any:
    with on_platform(world):
        return model.objects.order_by("pk").first()


@pytest.mark.parametrize("role", READERS, ids=str)
def test_people_of_the_platform_read_every_list_and_every_row(
    world: World, sign_in: SignIn, role: Role
) -> None:
    browser = sign_in(world.platform[role])
    assert browser.get("/platform/admin/").status_code == 200
    for model in READABLE:
        assert browser.get(list_path(model)).status_code == 200, model
        if row := a_row(world, model):
            path = f"{list_path(model)}{row.pk}/change/"
            assert browser.get(path).status_code == 200, path


@pytest.mark.parametrize("role", READERS, ids=str)
def test_officers_alone_read_the_audit(world: World, sign_in: SignIn, role: Role) -> None:
    code = 200 if role == Role.GOVERNANCE_OFFICER else 403
    browser, path = sign_in(world.platform[role]), list_path(AuditEntry)
    assert browser.get(path).status_code == code
    entry = a_row(world, AuditEntry)
    answer = browser.get(f"{path}{entry.pk}/change/")
    assert answer.status_code == code
    if code == 200:
        assert entry.hash in words(answer)
        assert browser.post(f"{path}{entry.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("who", VISITOR_ROLES, ids=str)
def test_nobody_else_can_tell_that_there_is_an_admin(
    world: World, sign_in: SignIn, who: str | None
) -> None:
    browser = sign_in(visitor(world, who))
    expected = 302 if who is None else 404
    for path in ("/platform/admin/", *map(list_path, PLATFORM)):
        assert browser.get(path).status_code == expected, path


def test_nobody_adds_changes_or_deletes_there(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    for model in READABLE:
        row = a_row(world, model)
        key = row.pk if row else "1"
        for verb in ("add/", f"{key}/change/", f"{key}/delete/"):
            answer = browser.post(list_path(model) + verb, {"name": "changed", "post": "yes"})
            assert answer.status_code == 403, (model, verb)
        assert browser.get(list_path(model) + "add/").status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [str(key)], "post": "yes"}
        browser.post(list_path(model), chosen)
        assert a_row(world, model) == row
    with on_platform(world):
        assert not Tenant.objects.filter(name="changed").exists()
    assert len(refusals(world, "platform")) == 4 * len(READABLE)


def test_no_hash_of_a_password_or_token_is_in_any_page(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_ADMIN])
    person = world.acme.people[Role.TENANT_VIEWER]
    pages = [
        browser.get(list_path(Person)),
        browser.get(f"{list_path(Person)}{person.pk}/change/"),
    ]
    assert "tenant-viewer@acme.test" in words(pages[1])
    for page in pages:
        text = page.content.decode()
        assert "argon2" not in text
        assert "pbkdf2" not in text
        assert person.password not in text
        assert "Password" not in words(page)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("tenants/tenant/", {"q": "acm"}, "Acme"),
        ("tenants/tenant/", {"q": "ACME"}, "Acme"),
        ("tenants/tenant/", {"status__exact": "Active"}, "Acme"),
        ("tenants/datapartition/", {"q": "silo_ac"}, "silo_acme"),
        ("tenants/vault/", {"q": "acm"}, "acme"),
        ("people/person/", {"q": "tenant-viewer@acme"}, "tenant-viewer@acme.test"),
        ("people/person/", {"is_active__exact": "1"}, "tenant-viewer@acme.test"),
        ("people/membership/", {"q": "tenant-viewer@acme"}, "tenant-viewer"),
        ("people/membership/", {"role__exact": "tenant-viewer"}, "tenant-viewer"),
        ("people/apiclient/", {"q": "rp_"}, "0 API clients"),
        ("environments/runtimeenvironment/", {"q": '"pool of acme"'}, "pool of acme"),
        ("environments/runtimeenvironment/", {"stage__exact": "prod"}, "prod"),
        ("tenant_bindings/runtimetenantbinding/", {"q": "acme"}, "silo_acme"),
        ("tenant_bindings/runtimetenantbinding/", {"status__exact": "Active"}, "silo_acme"),
    ],
    ids=str,
)
def test_search_and_filters_find(
    world: World, sign_in: SignIn, path: str, query: dict[str, str], expected: str
) -> None:
    page = sign_in(world.platform[Role.PLATFORM_VIEWER]).get(f"/platform/admin/{path}", query)
    assert page.status_code == 200
    assert expected in words(page)


@pytest.mark.parametrize("words_", ["%", "\\", "'", "\x00", "x" * 5000])
def test_no_search_fails(world: World, sign_in: SignIn, words_: str) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    for model in READABLE:
        assert browser.get(list_path(model), {"q": words_}).status_code in (200, 302), model


def test_a_key_that_is_none_leads_back_with_a_word(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    for model in READABLE:
        for key in ("nonsense", "01920000-0000-7000-8000-000000000000", "%00"):
            answer = browser.get(f"{list_path(model)}{key}/change/")
            assert answer.status_code in (302, 404), (model, key)
