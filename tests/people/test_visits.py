"""A platform admin inside a tenant: as a viewer, for an hour at most, in the tenant's own trail."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.access import PLATFORM, Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.people.models import Person, Visit
from apps.people.operations import end_role, grant_role
from apps.people.visits import elevate_visit, end_visit, leave_visit, start_visit
from apps.services.operations import degrade_service
from apps.tenant_bindings.context import enter_tenant
from tests.core.chains import told
from tests.core.threads import together
from tests.people.roles import as_owner, at, membership, somebody, trail
from tests.world import World, person_actor


@pytest.fixture
def place(fresh: Callable[[], World]) -> World:
    return fresh()


@pytest.fixture
def admin(place: World) -> Iterator[Person]:
    """The platform's, who may go anywhere and is nowhere."""
    yield place.platform[Role.PLATFORM_ADMIN]


def _enter(place: World, admin: Person, **more: Any) -> Visit:
    with at(PLATFORM, admin):
        return start_visit(**{"tenant_id": place.acme.slug, "reason": "ticket of acme", **more})


def _by_tenant_admin(place: World, operation: Any, visit: Visit) -> Any:
    with at(place.acme.slug, place.acme.people[Role.TENANT_ADMIN]):
        return operation(visit.id, reason="because")


def _rights(place: World, admin: Person, slug: str = "") -> Any:
    with at(slug or place.acme.slug, admin) as entered:
        return entered.rights.roles, entered.visit


def _write(place: World, admin: Person) -> None:
    with enter_tenant(
        place.acme.slug,
        actor=person_actor(admin),
        environment_id=place.acme.environments["pool"],
        writing=True,
    ):
        degrade_service(place.acme.services["pool"]["cart"])


def _let_it_be_over(visit: Visit) -> None:
    """The clock moves on: the rows' clocks back, as owner."""
    as_owner(
        "UPDATE people_visit SET started_at = started_at - interval '2 hours', "
        "ends_at = ends_at - interval '2 hours' WHERE id = %s",
        [visit.id],
    )


def test_one_enters_as_a_viewer_of_that_tenant_and_of_no_other(place: World, admin: Person) -> None:
    with pytest.raises(NotFound):
        _rights(place, admin)
    visit = _enter(place, admin, minutes=30)
    roles, shown = _rights(place, admin)
    assert roles == ("tenant-viewer",)
    assert (shown["visitId"], shown["reason"]) == (str(visit.id), "ticket of acme")
    with pytest.raises(Forbidden, match="services"):
        _write(place, admin)
    with pytest.raises(NotFound):
        _rights(place, admin, place.globex.slug)


def test_the_tenants_own_trail_tells_of_coming_raising_and_leaving(
    place: World, admin: Person
) -> None:
    visit = _enter(place, admin)
    _by_tenant_admin(place, elevate_visit, visit)
    with at(PLATFORM, admin):
        leave_visit(visit.id)
    told = {
        action: trail(place.acme.slug, action)[0]
        for action in ("visit.started", "visit.elevated", "visit.left")
    }
    assert {e["what"] for e in told.values()} == {str(visit.id)}
    assert told["visit.started"]["who"] == told["visit.left"]["who"] == admin.email
    assert told["visit.elevated"]["who"] == place.acme.people[Role.TENANT_ADMIN].email
    assert (told["visit.started"]["why"], told["visit.left"]["why"]) == (("ticket of acme",) * 2)


def test_raised_one_writes_and_the_entry_names_the_visitor(place: World, admin: Person) -> None:
    visit = _enter(place, admin)
    _by_tenant_admin(place, elevate_visit, visit)
    assert _rights(place, admin)[0] == ("tenant-operator",)
    as_owner(
        f"UPDATE \"{place.acme.schema('pool')}\".services_runtimeservice SET status = 'Running' "
        "WHERE id = %s",
        [place.acme.services["pool"]["cart"]],
    )
    _write(place, admin)
    schema = f'"{place.acme.schema("pool")}"'
    entries = as_owner(
        f"SELECT {told(schema, 'label')} FROM {schema}.core_auditentry e "
        "WHERE action = 'service.degraded'"
    )
    assert entries == [(admin.email,)]


@pytest.mark.parametrize("way", ["left", "shown out", "out of time", "no admin any more"])
def test_after_its_end_nothing_is_admitted(place: World, admin: Person, way: str) -> None:
    admin = somebody(platform=Role.PLATFORM_ADMIN)
    visit = _enter(place, admin)
    _by_tenant_admin(place, elevate_visit, visit)
    assert _rights(place, admin)
    if way == "left":
        with at(PLATFORM, admin):
            leave_visit(visit.id)
    elif way == "shown out":
        _by_tenant_admin(place, end_visit, visit)
    elif way == "out of time":
        _let_it_be_over(visit)
    else:
        with at(PLATFORM, place.platform[Role.PLATFORM_ADMIN]):
            end_role(membership(admin, PLATFORM, Role.PLATFORM_ADMIN), reason="left us")
        assert len(trail(place.acme.slug, "visit.ended")) == 1
    for act in (_rights, _write):
        with pytest.raises(NotFound):
            act(place, admin)


def test_a_visit_needs_the_role_even_where_nobody_ended_it(place: World, admin: Person) -> None:
    admin = somebody(platform=Role.PLATFORM_ADMIN)
    _enter(place, admin)
    as_owner("UPDATE people_membership SET ended_at = now() WHERE person_id = %s", [admin.id])
    with pytest.raises(NotFound):
        _rights(place, admin)


def test_what_is_over_is_neither_left_nor_raised_nor_ended(place: World, admin: Person) -> None:
    visit = _enter(place, admin)
    _let_it_be_over(visit)
    with at(PLATFORM, admin), pytest.raises(Refused, match="over"):
        leave_visit(visit.id)
    for operation in (elevate_visit, end_visit):
        with pytest.raises(Refused, match="over"):
            _by_tenant_admin(place, operation, visit)
    assert _enter(place, admin).id != visit.id


@pytest.mark.parametrize("minutes", [0, -1, 61, 10_000])
def test_an_hour_is_the_longest(place: World, admin: Person, minutes: int) -> None:
    with pytest.raises(Invalid) as refusal:
        _enter(place, admin, minutes=minutes)
    assert list(refusal.value.fields) == ["minutes"]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_a_reason_is_said(place: World, admin: Person, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _enter(place, admin, reason=reason)
    assert list(refusal.value.fields) == ["reason"]


@pytest.mark.parametrize("tenant", ["nobody", "platform"])
def test_what_is_no_tenant_is_not_entered(place: World, admin: Person, tenant: str) -> None:
    with pytest.raises(NotFound):
        _enter(place, admin, tenant_id=tenant)


def test_one_who_is_inside_does_not_enter_twice_not_even_at_once(
    place: World, admin: Person
) -> None:
    outcomes = together(lambda: _enter(place, admin), lambda: _enter(place, admin))
    assert sum(isinstance(one, Refused) for one in outcomes) == 1, outcomes
    with pytest.raises(Refused, match="already"):
        _enter(place, admin)


def test_a_viewer_raises_nothing_and_nobody_raises_themself(place: World, admin: Person) -> None:
    visit = _enter(place, admin)
    for who in (admin, place.acme.people[Role.TENANT_OPERATOR]):
        with at(place.acme.slug, who), pytest.raises(Forbidden):
            elevate_visit(visit.id, reason="me")
    # Even where the visitor is an admin of the tenant, too.
    both = somebody(**{place.acme.slug: Role.TENANT_ADMIN, "platform": Role.PLATFORM_ADMIN})
    own = _enter(place, both)
    with at(place.acme.slug, both), pytest.raises(Refused, match="own visit"):
        elevate_visit(own.id, reason="me")


def test_a_visit_is_raised_once(place: World, admin: Person) -> None:
    visit = _enter(place, admin)
    _by_tenant_admin(place, elevate_visit, visit)
    with pytest.raises(Refused, match="already"):
        _by_tenant_admin(place, elevate_visit, visit)


def test_another_tenants_visit_is_not_there(place: World, admin: Person) -> None:
    visit = _enter(place, admin)
    for operation in (elevate_visit, end_visit):
        for identifier in (visit.id, uuid7()):
            with at(place.globex.slug, place.stranger), pytest.raises(NotFound):
                operation(identifier, reason="x")
    other = somebody(platform=Role.PLATFORM_ADMIN)
    with at(PLATFORM, other), pytest.raises(NotFound):
        leave_visit(visit.id)


def test_a_visitor_manages_no_people_whatever_they_are_on_the_platform(
    place: World, admin: Person
) -> None:
    visit = _enter(place, admin)
    _by_tenant_admin(place, elevate_visit, visit)
    viewer = place.acme.people[Role.TENANT_VIEWER]
    with at(place.acme.slug, admin), pytest.raises(Forbidden):
        grant_role(person=viewer, tenant_id=place.acme.slug, role=Role.TENANT_ADMIN)


def test_who_visits_and_belongs_has_the_rights_of_both(place: World, admin: Person) -> None:
    both = somebody(**{place.acme.slug: Role.TENANT_AUDITOR, "platform": Role.PLATFORM_ADMIN})
    _enter(place, both)
    assert _rights(place, both)[0] == ("tenant-auditor", "tenant-viewer")
