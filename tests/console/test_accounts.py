"""Signing in and out, and the pages around it."""

import re

from django.core import mail

from apps.core.access import Role
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.world import PASSWORD, World

LOGIN = "/accounts/login/"


def test_with_the_password_one_is_led_to_where_one_wanted_to_be(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(None)
    typed = {"login": "tenant-viewer@acme.test", "password": PASSWORD, "next": "/t/acme/services/"}
    answer = browser.post(LOGIN, typed)
    assert (answer.status_code, answer["Location"]) == (302, "/t/acme/services/")
    assert browser.get("/t/acme/services/").status_code == 200


def test_nobody_is_led_to_another_site(world: World, sign_in: SignIn) -> None:
    for evil in ("https://evil.test/", "//evil.test/", "javascript:alert(1)"):
        typed = {"login": "tenant-viewer@acme.test", "password": PASSWORD, "next": evil}
        answer = sign_in(None).post(LOGIN, typed)
        assert answer.status_code in (200, 302)
        assert "evil" not in answer.get("Location", "")


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    world: World, sign_in: SignIn
) -> None:
    texts = []
    for login in ("tenant-viewer@acme.test", "tenant-nobody@acme.test"):
        page = sign_in(None).post(LOGIN, {"login": login, "password": "wrong"})
        text = words(page).replace(page["X-Request-ID"], "")
        texts.append((page.status_code, text.replace(login, "")))
        assert login in page.content.decode()
    assert texts[0] == texts[1]


def test_signing_out_takes_a_post_and_ends_the_session(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert browser.get("/accounts/logout/").status_code == 200
    assert browser.get("/t/acme/").status_code == 200
    assert browser.post("/accounts/logout/")["Location"] == LOGIN
    assert browser.get("/t/acme/").status_code == 302


def test_nobody_signs_up(world: World, sign_in: SignIn) -> None:
    browser = sign_in(None)
    typed = {"email": "new@acme.test", "password1": PASSWORD, "password2": PASSWORD}
    for page in (browser.get("/accounts/signup/"), browser.post("/accounts/signup/", typed)):
        assert "Nobody signs up here" in words(page)


def test_a_forgotten_password_is_set_anew_by_a_letter(world: World, sign_in: SignIn) -> None:
    browser, new = sign_in(None), "another horse and another battery"
    sent = browser.post("/accounts/reset/", {"email": "tenant-viewer@acme.test"})
    assert sent["Location"] == "/accounts/reset/sent/"
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert link
    form = browser.get(browser.get(link[1])["Location"])
    assert "Set a new password" in words(form)
    done = browser.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert done["Location"] == "/accounts/reset/done/"
    assert browser.get("/accounts/reset/done/").status_code == 200
    signed_in = sign_in(None).post(LOGIN, {"login": "tenant-viewer@acme.test", "password": new})
    assert signed_in.status_code == 302
    assert "no longer works" in words(sign_in(None).get(link[1]))


def test_an_unknown_address_is_answered_as_a_known_one(world: World, sign_in: SignIn) -> None:
    answers = [
        sign_in(None).post("/accounts/reset/", {"email": address})
        for address in ("tenant-viewer@acme.test", "nobody@nowhere.test")
    ]
    assert [(a.status_code, a["Location"]) for a in answers] == [(302, "/accounts/reset/sent/")] * 2


def test_a_password_is_changed_with_the_old_one(world: World, sign_in: SignIn) -> None:
    browser, new = sign_in(world.acme.people[Role.TENANT_VIEWER]), "another horse and battery"
    typed = {"oldpassword": "wrong", "password1": new, "password2": new}
    assert browser.post("/accounts/password/", typed).status_code == 200
    changed = browser.post("/accounts/password/", typed | {"oldpassword": PASSWORD})
    assert changed.status_code == 302
    login = {"login": "tenant-viewer@acme.test", "password": new}
    assert sign_in(None).post(LOGIN, login).status_code == 302
