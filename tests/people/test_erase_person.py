"""Erasing: an id and "erased" are left, and nothing that the person could come in by."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from apps.configurations.operations import draft_configuration
from apps.core import door
from apps.core.access import PLATFORM, Role
from apps.core.chain_reading import verify
from apps.core.errors import Forbidden, NotFound, Refused
from apps.core.ids import uuid7
from apps.people import erasing
from apps.people.erasing import erase_person
from apps.people.invitations import invite, offer
from apps.people.models import Person
from apps.people.operations import grant_role
from apps.people.tasks import forget_erased_person
from apps.tenant_bindings.context import enter_platform
from tests.console.people import link
from tests.console.signed_in import browser_of
from tests.core.doors import inside
from tests.core.shell import manage
from tests.core.threads import together
from tests.people.roles import as_owner, at, roles_of, somebody, token_in_letter, trail
from tests.world import OPERATOR, PASSWORD, World


@pytest.fixture
def place(fresh: Callable[[], World]) -> World:
    return fresh()


def _erase(place: World, person: Person, by: Person | None = None) -> int:
    who = by or place.acme.people[Role.TENANT_ADMIN]
    with at(place.acme.slug, who):
        return erase_person(person.id, reason="asked for it")


def _now(person: Person) -> Person:
    with door.using("owner"):
        return Person.objects.get(id=person.id)


def test_nothing_of_the_person_is_left_but_an_id(place: World) -> None:
    viewer, slug = place.acme.people[Role.TENANT_VIEWER], place.acme.slug
    address = viewer.email
    as_owner(
        'INSERT INTO account_emailaddress (email, verified, "primary", user_id) '
        "VALUES (%s, true, true, %s)",
        [address, viewer.id],
    )
    browser = browser_of(viewer)
    assert browser.get(f"/t/{slug}/").status_code == 200
    assert _erase(place, viewer) == 1
    left = _now(viewer)
    assert (left.name, left.is_active, left.last_login) == ("erased", False, None)
    assert left.erased_at is not None
    assert not left.check_password(PASSWORD)
    assert roles_of(viewer, slug) == set()
    assert browser.get(f"/t/{slug}/").status_code == 302
    for table in ("people_person", "account_emailaddress", "people_invitation"):
        found = as_owner(
            f"SELECT count(*) FROM public.{table} t WHERE strpos(t::text, %s) > 0", [address]
        )
        assert found == [(0,)], table
    (entry,) = trail(slug, "person.erased")
    assert (entry["what"], entry["why"]) == (str(viewer.id), "asked for it")
    assert address not in str(entry)
    assert len(trail(slug, "membership.ended")) == 1


def test_the_address_may_come_back_as_somebody_new(place: World) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    address = viewer.email
    _erase(place, viewer)
    with at(place.acme.slug, place.acme.people[Role.TENANT_ADMIN]):
        invite(tenant_id=place.acme.slug, email=address, role=Role.TENANT_VIEWER, link=link)
    found = offer(token_in_letter(address))
    assert found is not None
    assert not found.is_known


def test_a_tenant_admin_erases_who_is_theirs_alone(place: World) -> None:
    with pytest.raises(NotFound):
        _erase(place, place.stranger)
    with pytest.raises(NotFound):
        _erase(place, Person(id=uuid7()))
    both = somebody(**{place.acme.slug: Role.TENANT_VIEWER, place.globex.slug: Role.TENANT_VIEWER})
    with pytest.raises(Refused, match="elsewhere"):
        _erase(place, both)
    assert _now(both).is_active


def test_the_last_admin_and_an_officer_stay_and_nobody_erases_themself(place: World) -> None:
    operator, slug = place.platform[Role.PLATFORM_ADMIN], place.acme.slug
    with at(PLATFORM, operator), pytest.raises(Refused, match="last admin"):
        erase_person(place.acme.people[Role.TENANT_ADMIN].id)
    with at(PLATFORM, operator), pytest.raises(Refused, match="officer"):
        erase_person(place.platform[Role.GOVERNANCE_OFFICER].id)
    with at(PLATFORM, operator), pytest.raises(Refused, match="themself"):
        erase_person(operator.id)
    somebody(**{slug: Role.TENANT_ADMIN})
    with at(PLATFORM, operator):
        erase_person(place.acme.people[Role.TENANT_ADMIN].id, reason="asked for it")
    assert len(trail(slug, "membership.ended")) == 1


def test_two_admins_who_erase_each_other_leave_one(place: World) -> None:
    slug, first = place.acme.slug, place.acme.people[Role.TENANT_ADMIN]
    second = somebody(**{slug: Role.TENANT_ADMIN})
    outcomes = together(lambda: _erase(place, second, first), lambda: _erase(place, first, second))
    assert sum(isinstance(one, NotFound | Refused) for one in outcomes) == 1, outcomes
    assert sum(_now(person).is_active for person in (first, second)) == 1


def test_what_blocks_it_is_said_and_nothing_is_done(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    assert erasing.erase_blockers(viewer) == []
    monkeypatch.setattr(erasing, "erase_blockers", lambda person: ["Hold 14 names them."])
    with pytest.raises(Refused, match="Hold 14 names them"):
        _erase(place, viewer)
    assert _now(viewer).is_active


def test_the_trail_is_told_to_forget_them(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(erasing, "forget", told.append)
    viewer = place.acme.people[Role.TENANT_VIEWER]
    _erase(place, viewer)
    assert told == [viewer.id]


def test_the_job_takes_what_every_chain_tells_of_them_and_all_still_verify(place: World) -> None:
    operator, slug = place.acme.people[Role.TENANT_OPERATOR], place.acme.slug
    for model in place.acme.environments:
        with inside(place.acme, model):
            draft_configuration(payload={"by": "them"})
    chains = [place.acme.schema(model) for model in place.acme.environments]
    assert [told_by(schema, operator) for schema in chains] == [True] * 3
    _erase(place, operator)
    job = "SELECT args ->> 'person_id' FROM procrastinate_jobs WHERE args ->> 'person_id' = %s"
    [(waiting,)] = as_owner(job, [str(operator.id)])
    assert [told_by(schema, operator) for schema in chains] == [True] * 3
    forget_erased_person(waiting)
    assert [told_by(schema, operator) for schema in (*chains, "public")] == [False] * 4
    with connections["owner"].cursor() as cursor:
        checks = list(verify(cursor, slug))
    assert len(checks) == 4
    assert [check.fault for check in checks] == [None] * 4


def told_by(schema: str, person: Person) -> bool:
    """Whether any chain in that partition still says who that was."""
    ((told,),) = as_owner(
        f'''SELECT EXISTS (SELECT FROM "{schema}".core_auditdetail d
            WHERE strpos(d.value::text, %s) > 0)''',
        [person.email],
    )
    return bool(told)


def test_who_is_erased_is_not_there_a_second_time(place: World) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    _erase(place, viewer)
    with pytest.raises(NotFound):
        _erase(place, viewer)


@pytest.mark.parametrize("role", [Role.TENANT_VIEWER, Role.TENANT_OPERATOR, Role.TENANT_AUDITOR])
def test_a_colleague_erases_nobody(place: World, role: Role) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    with pytest.raises(Forbidden):
        _erase(place, viewer, place.acme.people[role])


def test_at_the_shell_it_takes_the_address_and_answers_with_the_id(place: World) -> None:
    viewer = somebody(**{place.acme.slug: Role.TENANT_VIEWER, "platform": Role.PLATFORM_VIEWER})
    done = manage("erase_person", viewer.email.upper(), "--reason", "x", "--format", "json")
    assert done.code == 0
    assert done.json == {"personId": str(viewer.id), "erased": True, "rolesEnded": 2}
    assert _now(viewer).name == "erased"
    again = manage("erase_person", viewer.email)
    assert (again.code, again.out) == (1, "")
    assert again.err == "Nobody signs in with that address.\n"


def test_the_shell_too_leaves_a_place_its_last_admin(place: World) -> None:
    refused = manage("erase_person", place.acme.people[Role.TENANT_ADMIN].email)
    assert refused.code == 1
    assert "last admin" in refused.err


def test_an_erased_person_is_given_nothing_any_more(place: World) -> None:
    viewer = place.acme.people[Role.TENANT_VIEWER]
    _erase(place, viewer)
    with at(place.acme.slug, place.acme.people[Role.TENANT_ADMIN]), pytest.raises(NotFound):
        grant_role(person=viewer, tenant_id=place.acme.slug, role=Role.TENANT_AUDITOR)
    with door.using("owner"), enter_platform(actor=OPERATOR), pytest.raises(NotFound):
        erase_person(viewer.id)
