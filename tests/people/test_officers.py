"""Governance officers: two people for each, signed in, and never fewer than two of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core import door
from apps.core.access import PLATFORM, Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.people.models import Membership, OfficerProposal, Person
from apps.people.officers import (
    confirm_officer,
    decline_officer,
    end_officer,
    propose_officer,
    withdraw_officer,
)
from apps.people.operations import end_role, grant_role
from apps.tenant_bindings.context import enter_platform
from tests.core.threads import together
from tests.people.roles import as_owner, at, membership, roles_of, somebody, trail
from tests.world import OPERATOR, World

OFFICER = Role.GOVERNANCE_OFFICER
TARGETS = {"confirm": "Confirmed", "decline": "Declined", "withdraw": "Withdrawn"}
STATES = ("Proposed", *TARGETS.values())


@pytest.fixture
def place(fresh: Callable[[], World]) -> World:
    return fresh()


def _propose(place: World, person: Person | None = None) -> OfficerProposal:
    chosen = person or somebody(platform=Role.PLATFORM_VIEWER)
    with at(PLATFORM, place.platform[Role.PLATFORM_ADMIN]):
        return propose_officer(person_id=chosen.id, reason="knows the rules")


def _decide(place: World, verb: str, proposal: OfficerProposal) -> Any:
    role = Role.PLATFORM_ADMIN if verb == "withdraw" else OFFICER
    operation: Any = {
        "confirm": confirm_officer, "decline": decline_officer, "withdraw": withdraw_officer,
    }[verb]  # fmt: skip
    with at(PLATFORM, place.platform[role]):
        return operation(proposal.id, reason="because")


def _now(proposal: OfficerProposal) -> OfficerProposal:
    with door.using("owner"):
        return OfficerProposal.objects.select_related("person").get(id=proposal.id)


def test_proposed_by_an_admin_and_confirmed_by_an_officer_somebody_is_one(place: World) -> None:
    proposal = _propose(place)
    _decide(place, "confirm", proposal)
    found = _now(proposal)
    assert (found.status, found.decided_by) == ("Confirmed", place.platform[OFFICER].id)
    assert OFFICER in roles_of(found.person, PLATFORM)
    for action in ("officer.proposed", "officer.confirmed"):
        assert trail(PLATFORM, action)[-1]["what"] == str(proposal.id)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", TARGETS)
def test_a_proposal_is_decided_once(place: World, state: str, verb: str) -> None:
    proposal = _propose(place)
    for way, target in TARGETS.items():
        if target == state:
            _decide(place, way, proposal)
    if state == "Proposed":
        _decide(place, verb, proposal)
        assert _now(proposal).status == TARGETS[verb]
    else:
        with pytest.raises(Refused, match="only from Proposed"):
            _decide(place, verb, proposal)
        assert _now(proposal).status == state


def test_two_officers_who_confirm_at_once_seat_one(place: World) -> None:
    second = somebody(platform=OFFICER)
    proposal = _propose(place)

    def confirms(who: Person) -> Callable[[], Any]:
        def work() -> Any:
            with at(PLATFORM, who):
                return confirm_officer(proposal.id, reason="yes")

        return work

    outcomes = together(confirms(place.platform[OFFICER]), confirms(second))
    assert sum(isinstance(one, Refused) for one in outcomes) == 1, outcomes
    assert roles_of(_now(proposal).person, PLATFORM) >= {OFFICER}
    entries = [e for e in trail(PLATFORM, "officer.confirmed") if e["what"] == str(proposal.id)]
    assert len(entries) == 1


def test_confirmed_and_withdrawn_at_once_one_of_them_holds(place: World) -> None:
    proposal = _propose(place)
    outcomes = together(
        lambda: _decide(place, "confirm", proposal), lambda: _decide(place, "withdraw", proposal)
    )
    assert sum(isinstance(one, Refused) for one in outcomes) == 1, outcomes
    found = _now(proposal)
    seated = OFFICER in roles_of(found.person, PLATFORM)
    assert seated is (found.status == "Confirmed")


def test_nobody_proposes_themself_an_admin_an_officer_or_a_stranger(place: World) -> None:
    admin = place.platform[Role.PLATFORM_ADMIN]
    for person, why in (
        (admin.id, "themself"),
        (somebody(platform=Role.PLATFORM_ADMIN).id, "at once"),
        (place.platform[OFFICER].id, "officer twice"),
    ):
        with at(PLATFORM, admin), pytest.raises(Refused, match=why):
            propose_officer(person_id=person, reason="x")
    for person in (place.stranger.id, uuid7()):
        with at(PLATFORM, admin), pytest.raises(NotFound):
            propose_officer(person_id=person, reason="x")
    with at(PLATFORM, admin), pytest.raises(Invalid):
        propose_officer(person_id=somebody(platform=Role.PLATFORM_VIEWER).id, reason=" ")


def test_who_is_proposed_is_not_proposed_again(place: World) -> None:
    chosen = somebody(platform=Role.PLATFORM_VIEWER)
    _propose(place, chosen)
    with pytest.raises(Refused, match="already"):
        _propose(place, chosen)


def test_an_admin_confirms_nothing_and_a_proposer_who_became_an_officer_neither(
    place: World,
) -> None:
    admin = somebody(platform=Role.PLATFORM_ADMIN)
    with at(PLATFORM, admin):
        proposal = propose_officer(person_id=somebody(platform=Role.PLATFORM_VIEWER).id, reason="x")
    with at(PLATFORM, admin), pytest.raises(Forbidden):
        confirm_officer(proposal.id, reason="x")
    as_owner("UPDATE people_membership SET ended_at = now() WHERE person_id = %s", [admin.id])
    as_owner(
        "INSERT INTO people_membership (id, tenant_id, person_id, role) VALUES (%s, %s, %s, %s)",
        [uuid7(), PLATFORM, admin.id, OFFICER],
    )
    for operation in (confirm_officer, decline_officer):
        with at(PLATFORM, admin), pytest.raises(Refused, match="another officer"):
            operation(proposal.id, reason="x")
    assert _now(proposal).status == "Proposed"


def test_who_became_an_admin_meanwhile_is_not_seated(place: World) -> None:
    chosen = somebody(platform=Role.PLATFORM_VIEWER)
    proposal = _propose(place, chosen)
    with at(PLATFORM, place.platform[Role.PLATFORM_ADMIN]):
        grant_role(person=chosen, tenant_id=PLATFORM, role=Role.PLATFORM_ADMIN)
    with pytest.raises(Refused, match="excludes"):
        _decide(place, "confirm", proposal)
    assert _now(proposal).status == "Proposed"


def test_nothing_of_it_is_done_at_the_shell(place: World) -> None:
    proposal = _propose(place)
    with door.using("owner"), enter_platform(actor=OPERATOR):
        for operation in (confirm_officer, decline_officer, withdraw_officer, end_officer):
            with pytest.raises(Forbidden, match="signed-in"):
                operation(proposal.id, reason="x")
        with pytest.raises(Forbidden, match="signed-in"):
            propose_officer(person_id=place.platform[Role.PLATFORM_VIEWER].id, reason="x")


def test_an_officer_is_given_the_role_by_no_admin(place: World) -> None:
    viewer = somebody(platform=Role.PLATFORM_VIEWER)
    admin = place.platform[Role.PLATFORM_ADMIN]
    with at(PLATFORM, admin), pytest.raises(Refused, match="proposed"):
        grant_role(person=viewer, tenant_id=PLATFORM, role=OFFICER)


@pytest.fixture
def put_back() -> Iterator[list[Any]]:
    """Officers whose role a test has ended and on whom others count."""
    people: list[Any] = []
    yield people
    with door.using("owner"), door.atomic():
        for person in people:
            Membership.objects.create(person_id=person, tenant_id=PLATFORM, role=OFFICER)


def test_officers_end_the_roles_of_officers_and_two_stay(place: World, put_back: list[Any]) -> None:
    others = as_owner(
        "UPDATE people_membership SET ended_at = now() WHERE role = %s AND ended_at IS NULL "
        "AND person_id <> %s RETURNING person_id",
        [OFFICER, place.platform[OFFICER].id],
    )
    put_back.extend(identifier for (identifier,) in others)
    second, third = somebody(platform=OFFICER), somebody(platform=OFFICER)
    with at(PLATFORM, second):
        end_officer(membership(third, PLATFORM, OFFICER), reason="left us")
    for who in (second, place.platform[OFFICER]):
        with at(PLATFORM, who), pytest.raises(Refused, match="fewest"):
            end_officer(membership(second, PLATFORM, OFFICER), reason="x")
    admin = place.platform[Role.PLATFORM_ADMIN]
    with at(PLATFORM, second), pytest.raises(NotFound):
        end_officer(membership(admin, PLATFORM, Role.PLATFORM_ADMIN), reason="x")
    with door.using("owner"), enter_platform(actor=OPERATOR), pytest.raises(Refused):
        end_role(membership(second, PLATFORM, OFFICER), reason="x")
