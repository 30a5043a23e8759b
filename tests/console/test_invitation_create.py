"""Inviting somebody in the console."""

from django.core import mail

from apps.core.access import Role
from apps.people.models import Invitation
from tests.console.bodies import words
from tests.console.people import as_admin
from tests.console.signed_in import SignIn
from tests.console.trail import entries, refusals
from tests.platform.forms import errors, values
from tests.world import World

PATH = "/t/acme/people/invite/"
NEW = {"email": "Ada@New.test", "role": "tenant-operator"}


def test_an_admin_invites_and_the_letter_has_the_link(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    answer = browser.post(PATH, NEW)
    assert (answer.status_code, answer["Location"]) == (302, "/t/acme/people/")
    page = words(browser.get("/t/acme/people/"))
    assert "The letter is on its way." in page
    assert "ada@new.test tenant-operator Pending" in page
    letter = mail.outbox[-1]
    assert letter.to == ["ada@new.test"]
    assert "http://testserver/accounts/invitation/" in letter.body
    [entry] = entries(world, "invitation.sent", "acme")
    assert entry.actor_label == "tenant-admin@acme.test"


def test_the_answer_is_alike_whether_the_address_is_somebodys(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    answers = []
    for address in (world.stranger.email, "nobody@new.test"):
        answer = browser.post(PATH, {**NEW, "email": address})
        text = words(browser.get(answer["Location"]))
        answers.append((answer.status_code, "The letter is on its way." in text))
    assert answers == [(302, True)] * 2


def test_what_is_wrong_stands_beside_its_field(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    for typed, wrong in (
        ({"email": "nobody", "role": "tenant-viewer"}, "email"),
        ({"email": "a@new.test", "role": "platform-admin"}, "role"),
        ({"email": "a@new.test", "role": "governance-officer"}, "role"),
    ):
        page = browser.post(PATH, typed)
        assert page.status_code == 422
        assert set(errors(page)) == {wrong, ""}
        assert values(page)["email"] == typed["email"]
    with as_admin(world.acme):
        assert not Invitation.objects.filter(email="a@new.test").exists()


def test_an_operator_is_refused_and_that_is_on_record(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert browser.post(PATH, NEW).status_code == 403
    assert refusals(world, "acme") == [("tenant-operator@acme.test", PATH)]
