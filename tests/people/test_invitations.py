"""An invitation: alike for known and unknown, used once, by whoever has the letter, in time."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

from apps.core import door
from apps.core.access import PLATFORM, Actor, Role
from apps.core.errors import Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.people.invitations import (
    accept_as,
    accept_as_new,
    expire_invitations,
    invite,
    offer,
    revoke_invitation,
)
from apps.people.models import Invitation, Person
from apps.people.operations import end_role
from apps.tenant_bindings.context import enter_platform
from tests.console.people import link
from tests.core.threads import together
from tests.people.roles import (
    as_owner,
    at,
    membership,
    roles_of,
    somebody,
    token_in_letter,
    trail,
)
from tests.world import OPERATOR, PASSWORD, World

CAME = Actor("person", None, "", "127.0.0.1", "request")
VERBS = ("accept", "revoke", "expire")
STATES = ("Pending", "Accepted", "Revoked", "Expired")
TARGETS = {"accept": "Accepted", "revoke": "Revoked", "expire": "Expired"}


@pytest.fixture
def place(fresh: Callable[[], World]) -> World:
    return fresh()


def _address() -> str:
    return f"{uuid7().hex}@new.test"


def _invite(place: World, address: str, role: Role = Role.TENANT_VIEWER) -> Invitation:
    with at(place.acme.slug, place.acme.people[Role.TENANT_ADMIN]):
        return invite(tenant_id=place.acme.slug, email=address, role=role, link=link)


def _accept(address: str, name: str = "New") -> Any:
    return accept_as_new(token=token_in_letter(address), name=name, password=PASSWORD, came=CAME)


def _status(invitation: Invitation) -> str:
    with door.using("owner"):
        return Invitation.objects.get(id=invitation.id).status


def _let_it_be_old(invitation: Invitation) -> None:
    as_owner(
        "UPDATE people_invitation SET created_at = now() - interval '8 days', "
        "expires_at = now() - interval '1 day' WHERE id = %s",
        [invitation.id],
    )


def test_somebody_new_sets_a_name_and_a_password_and_is_in(place: World) -> None:
    address = _address()
    _invite(place, address.upper(), Role.TENANT_OPERATOR)
    found = _accept(address, "  Ada  ")
    assert (found.tenant, found.role, found.email) == (
        place.acme.slug, "tenant-operator", address,
    )  # fmt: skip
    with door.using("owner"):
        person = Person.objects.get(email=address)
    assert (person.name, person.is_active) == ("Ada", True)
    assert person.check_password(PASSWORD)
    assert roles_of(person, place.acme.slug) == {Role.TENANT_OPERATOR}
    for action in ("invitation.sent", "invitation.accepted", "membership.granted"):
        assert len(trail(place.acme.slug, action)) == 1, action
    assert trail(place.acme.slug, "invitation.accepted")[0]["who"] == address


def test_the_letter_says_the_same_to_a_known_address_and_to_an_unknown_one(place: World) -> None:
    known, unknown = place.stranger.email, _address()
    made = [_invite(place, address) for address in (known, unknown)]
    letters = [mail.outbox[-2], mail.outbox[-1]]
    bodies = {
        str(letter.body).replace(token_in_letter(letter.to[0]), "TOKEN") for letter in letters
    }
    assert len(bodies) == 1
    assert len({letter.subject for letter in letters}) == 1
    assert {invitation.status for invitation in made} == {"Pending"}


def test_the_token_is_in_the_letter_alone(place: World) -> None:
    address = _address()
    _invite(place, address)
    token = token_in_letter(address)
    for table in ("people_invitation", "core_auditentry"):
        found = as_owner(
            f"SELECT count(*) FROM public.{table} t WHERE strpos(t::text, %s) > 0", [token]
        )
        assert found == [(0,)]


def test_a_known_person_accepts_signed_in_and_nobody_else_does(place: World) -> None:
    known, other = place.stranger, place.acme.people[Role.TENANT_VIEWER]
    _invite(place, known.email)
    token = token_in_letter(known.email)
    with pytest.raises(NotFound):
        accept_as(other, token=token, came=CAME)
    with pytest.raises(Refused, match="sign in first"):
        accept_as_new(token=token, name="Impostor", password=PASSWORD, came=CAME)
    accept_as(known, token=token, came=CAME)
    assert roles_of(known, place.acme.slug) == {Role.TENANT_VIEWER}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_an_invitation_is_pending_until_one_thing_happens_to_it(
    place: World, state: str, verb: str
) -> None:
    address = _address()
    invitation = _invite(place, address)
    token = token_in_letter(address)

    def do(verb: str) -> Any:
        if verb == "accept":
            return accept_as_new(token=token, name="New", password=PASSWORD, came=CAME)
        if verb == "revoke":
            with at(place.acme.slug, place.acme.people[Role.TENANT_ADMIN]):
                return revoke_invitation(invitation.id, reason="because")
        _let_it_be_old(invitation)
        with door.using("owner"), enter_platform(actor=OPERATOR):
            return expire_invitations()

    for way, target in TARGETS.items():
        if target == state:
            do(way)
    assert _status(invitation) == state
    if state == "Pending":
        do(verb)
        assert _status(invitation) == TARGETS[verb]
    else:
        if verb == "expire":
            do(verb)  # a sweep of what is due: nothing is
        else:
            with pytest.raises((NotFound, Refused)):
                do(verb)
        assert _status(invitation) == state


def test_an_old_letter_opens_nothing_before_the_worker_has_come_by(place: World) -> None:
    address = _address()
    invitation = _invite(place, address)
    _let_it_be_old(invitation)
    assert offer(token_in_letter(address)) is None
    with pytest.raises(NotFound):
        _accept(address)
    assert _status(invitation) == "Pending"
    # Nor is it in the way of another one.
    again = _invite(place, address)
    assert (_status(invitation), _status(again)) == ("Expired", "Pending")
    assert _accept(address)


def test_accepted_twice_at_once_it_makes_one_person_with_one_role(place: World) -> None:
    address = _address()
    _invite(place, address)
    token = token_in_letter(address)

    def work() -> Any:
        return accept_as_new(token=token, name="New", password=PASSWORD, came=CAME)

    outcomes = together(work, work, work)
    assert sum(isinstance(one, NotFound | Refused) for one in outcomes) == 2, outcomes
    with door.using("owner"):
        (person,) = Person.objects.filter(email=address)
    assert roles_of(person, place.acme.slug) == {Role.TENANT_VIEWER}
    assert len(trail(place.acme.slug, "invitation.accepted")) == 1


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "\x00", "é", "\ud800", "' OR 1=1 --"])
def test_a_token_that_is_none_opens_nothing(committed: None, token: str) -> None:
    assert offer(token) is None
    with pytest.raises(NotFound):
        accept_as_new(token=token, name="New", password=PASSWORD, came=CAME)


def test_what_an_admin_offered_ends_with_the_admin(place: World) -> None:
    acme = place.acme
    leaving = somebody(**{acme.slug: Role.TENANT_ADMIN})
    first, second = _address(), _address()
    for address in (first, second):
        with at(acme.slug, leaving):
            invite(tenant_id=acme.slug, email=address, role=Role.TENANT_ADMIN, link=link)
    mine = membership(leaving, acme.slug, Role.TENANT_ADMIN)
    assert offer(token_in_letter(first)) is not None
    with at(acme.slug, acme.people[Role.TENANT_ADMIN]):
        end_role(mine, reason="left us")
    assert offer(token_in_letter(first)) is None
    assert len(trail(acme.slug, "invitation.revoked")) == 2


def test_the_inviters_right_is_asked_when_it_is_accepted(place: World) -> None:
    acme = place.acme
    leaving, address = somebody(**{acme.slug: Role.TENANT_ADMIN}), _address()
    with at(acme.slug, leaving):
        invite(tenant_id=acme.slug, email=address, role=Role.TENANT_VIEWER, link=link)
    as_owner("UPDATE people_membership SET ended_at = now() WHERE person_id = %s", [leaving.id])
    with pytest.raises(NotFound):
        _accept(address)


def test_who_has_the_role_and_who_is_invited_already_are_not_invited_again(place: World) -> None:
    address = _address()
    _invite(place, address)
    with pytest.raises(Refused, match="revoke that first"):
        _invite(place, address)
    _invite(place, address, Role.TENANT_AUDITOR)
    viewer = place.acme.people[Role.TENANT_VIEWER].email
    with pytest.raises(Refused, match="here already"):
        _invite(place, viewer)
    with pytest.raises(Refused, match="themself"):
        _invite(place, place.acme.people[Role.TENANT_ADMIN].email)


@pytest.mark.parametrize("address", ["", "nobody", "a@b", "x" * 255 + "@x.test", "a\n@x.test"])
def test_what_is_no_address_is_not_invited(place: World, address: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _invite(place, address)
    assert list(refusal.value.fields) == ["email"]


@pytest.mark.parametrize("role", ["governance-officer", "owner", ""])
def test_an_officer_is_never_invited(place: World, role: str) -> None:
    with pytest.raises(Invalid):
        _invite(place, _address(), role)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [Role.PLATFORM_ADMIN, Role.PLATFORM_VIEWER])
def test_a_tenant_admin_invites_nobody_to_the_platform(place: World, role: Role) -> None:
    with pytest.raises(Refused):
        _invite(place, _address(), role)
    for elsewhere, other in ((PLATFORM, role), (place.globex.slug, Role.TENANT_VIEWER)):
        with at(place.acme.slug, place.acme.people[Role.TENANT_ADMIN]), pytest.raises(NotFound):
            invite(tenant_id=elsewhere, email=_address(), role=other, link=link)


def test_the_platform_invites_its_own_people(place: World) -> None:
    address = _address()
    with at(PLATFORM, place.platform[Role.PLATFORM_ADMIN]):
        invite(tenant_id=PLATFORM, email=address, role=Role.PLATFORM_VIEWER, link=link)
    _accept(address)
    with door.using("owner"):
        person = Person.objects.get(email=address)
    assert roles_of(person, PLATFORM) == {Role.PLATFORM_VIEWER}


def test_the_platform_invites_the_first_admin_of_a_tenant_and_no_second(place: World) -> None:
    slug, admin = place.acme.slug, place.platform[Role.PLATFORM_ADMIN]
    with at(PLATFORM, admin), pytest.raises(Refused, match="its own admins"):
        invite(tenant_id=slug, email=_address(), role=Role.TENANT_ADMIN, link=link)
    mine = membership(place.acme.people[Role.TENANT_ADMIN], slug, Role.TENANT_ADMIN)
    as_owner("UPDATE people_membership SET ended_at = now() WHERE id = %s", [mine])
    with at(PLATFORM, admin), pytest.raises(Refused):
        invite(tenant_id=slug, email=_address(), role=Role.TENANT_VIEWER, link=link)
    with at(PLATFORM, admin), pytest.raises(Refused, match="themself"):
        invite(tenant_id=slug, email=admin.email, role=Role.TENANT_ADMIN, link=link)
    address = _address()
    with at(PLATFORM, admin):
        invite(tenant_id=slug, email=address, role=Role.TENANT_ADMIN, link=link)
    _accept(address)
    with door.using("owner"):
        assert roles_of(Person.objects.get(email=address), slug) == {Role.TENANT_ADMIN}


def test_an_officer_who_is_invited_as_admin_cannot_be_both(place: World) -> None:
    officer = place.platform[Role.GOVERNANCE_OFFICER]
    with at(PLATFORM, place.platform[Role.PLATFORM_ADMIN]):
        invitation = invite(
            tenant_id=PLATFORM, email=officer.email, role=Role.PLATFORM_ADMIN, link=link
        )
    with pytest.raises(Refused, match="excludes"):
        accept_as(officer, token=token_in_letter(officer.email), came=CAME)
    assert _status(invitation) == "Pending"


def test_where_no_letter_can_be_sent_nobody_is_invited(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **values: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("apps.people.invitations.EmailMessage.send", fail)
    with pytest.raises(Refused, match="could not be sent"):
        _invite(place, _address())
    assert trail(place.acme.slug, "invitation.sent") == []


def test_a_bad_password_leaves_the_invitation_as_it_is(place: World) -> None:
    address = _address()
    invitation = _invite(place, address)
    with pytest.raises(Invalid) as refusal:
        accept_as_new(token=token_in_letter(address), name="New", password="short", came=CAME)
    assert list(refusal.value.fields) == ["password"]
    assert _status(invitation) == "Pending"


def test_another_tenants_invitation_is_not_there(place: World) -> None:
    invitation = _invite(place, _address())
    with at(place.globex.slug, place.stranger), pytest.raises(NotFound):
        revoke_invitation(invitation.id)
    assert _status(invitation) == "Pending"
