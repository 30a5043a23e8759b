"""The page behind an invitation's letter."""

import re

import pytest
from django.core import mail

from apps.core.access import Role
from apps.people.invitations import invite, revoke_invitation
from apps.people.models import Person
from tests.console.bodies import without_ids, words
from tests.console.people import as_admin, link
from tests.console.signed_in import SignIn
from tests.console.test_every_link import check_headers, check_markup
from tests.platform.forms import errors
from tests.world import PASSWORD, World

NEW = {"name": "Ada", "password": PASSWORD, "repeated": PASSWORD}


def _path(world: World, address: str) -> str:
    with as_admin(world.acme):
        invite(tenant_id="acme", email=address, role=Role.TENANT_VIEWER, link=link)
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_somebody_new_sets_name_and_password_and_signs_in(world: World, sign_in: SignIn) -> None:
    path, browser = _path(world, "ada@new.test"), sign_in(None)
    page = browser.get(path)
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    assert "You are invited as tenant-viewer , as ada@new.test." in words(page)
    check_headers(page, path)
    check_markup(page, path)
    answer = browser.post(path, NEW)
    assert answer["Location"] == "/accounts/login/?next=/t/acme/"
    login = {"login": "ada@new.test", "password": PASSWORD, "next": "/t/acme/"}
    assert browser.post("/accounts/login/", login)["Location"] == "/t/acme/"
    assert browser.get("/t/acme/").status_code == 200
    assert browser.get("/t/globex/").status_code == 404


def test_what_is_wrong_stands_beside_its_field(world: World, sign_in: SignIn) -> None:
    path, browser = _path(world, "ada@new.test"), sign_in(None)
    for typed, wrong in (
        ({}, "name"),
        ({**NEW, "password": "short", "repeated": "short"}, "password"),
        ({**NEW, "repeated": "another one entirely"}, "repeated"),
        ({**NEW, "name": " "}, "name"),
    ):
        page = browser.post(path, typed)
        assert page.status_code == 422
        assert wrong in errors(page)
        assert PASSWORD not in page.content.decode()
    assert not Person.objects.filter(email="ada@new.test").exists()


def test_a_known_person_signs_in_first_and_accepts(world: World, sign_in: SignIn) -> None:
    path = _path(world, world.stranger.email)
    page = sign_in(None).get(path)
    assert "Sign in to accept" in words(page)
    assert f'href="/accounts/login/?next={path}"' in page.content.decode()
    # A password cannot be set for them.
    assert "Sign in to accept" in words(sign_in(None).post(path, NEW))
    browser = sign_in(world.stranger)
    assert browser.get("/t/acme/").status_code == 404
    assert browser.post(path, {}).status_code == 422
    assert browser.post(path, {"accept": "yes"})["Location"] == "/t/acme/"
    assert browser.get("/t/acme/").status_code == 200


def test_who_is_signed_in_as_somebody_else_accepts_nothing(world: World, sign_in: SignIn) -> None:
    for address in (world.stranger.email, "ada@new.test"):
        path = _path(world, address)
        browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
        for page in (browser.get(path), browser.post(path, {"accept": "yes", **NEW})):
            assert "signed in as somebody else" in words(page)


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "%ED%A0%80", "'--", "é"])
def test_whatever_cannot_be_used_is_answered_alike(
    world: World, sign_in: SignIn, token: str
) -> None:
    used = _path(world, "used@new.test")
    assert sign_in(None).post(used, NEW).status_code == 302
    revoked = _path(world, "revoked@new.test")
    with as_admin(world.acme):
        from apps.people.models import Invitation

        revoke_invitation(Invitation.objects.get(email="revoked@new.test").id)
    browser = sign_in(None)
    answers = [
        page
        for path in (used, revoked, f"/accounts/invitation/{token}/")
        for page in (browser.get(path), browser.post(path, NEW))
    ]
    assert {page.status_code for page in answers} == {404}
    assert len({without_ids(page) for page in answers}) == 1
    assert "cannot be used" in words(answers[0])
    assert "acme" not in answers[0].content.decode().lower()


def test_a_form_from_another_site_is_not_taken(world: World, sign_in: SignIn) -> None:
    path, browser = _path(world, "ada@new.test"), sign_in(None)
    browser.handler.enforce_csrf_checks = True
    assert browser.post(path, NEW).status_code == 403
