"""People's rights as the runtime login could try to write them past every operation."""

from typing import Any

import pytest

from apps.core.access import PLATFORM_ROLES, TENANT_ROLES, Role
from apps.core.ids import uuid7
from tests.isolation.logins import Connection, connect, outcome, refused, rows, stand
from tests.world import World

GRANT = "INSERT INTO people_membership (id, tenant_id, person_id, role) VALUES (%s, %s, %s, %s)"
LIVE = "WHERE tenant_id = %s AND ended_at IS NULL"


def _as(psql: Connection, person: Any, tenant: str = "") -> None:
    """What the door would set for this person."""
    psql.execute("SELECT set_config('app.person', %s, true)", [str(person.pk)])
    stand(psql, tenant)


def _grants(psql: Connection, tenant: str, person: Any, role: Role) -> bool:
    return outcome(psql, GRANT, [uuid7(), tenant, person.pk, role])[0] == ""


@pytest.mark.parametrize("mine", TENANT_ROLES)
@pytest.mark.parametrize("given", [*TENANT_ROLES, *PLATFORM_ROLES])
def test_a_tenants_admin_alone_gives_roles_of_that_tenant_and_of_no_other_place(
    psql: Connection, world: World, mine: Role, given: Role
) -> None:
    somebody = world.globex.people[Role.TENANT_VIEWER]
    _as(psql, world.acme.people[mine], "acme")
    may = mine == Role.TENANT_ADMIN and given in TENANT_ROLES
    assert _grants(psql, "acme", somebody, given) is may
    assert not _grants(psql, "globex", somebody, given)
    assert not _grants(psql, "platform", somebody, given)
    # Nor to themself, whatever they are.
    assert not _grants(psql, "acme", world.acme.people[mine], given)


@pytest.mark.parametrize("mine", PLATFORM_ROLES)
@pytest.mark.parametrize("given", [*TENANT_ROLES, *PLATFORM_ROLES])
def test_a_platform_admin_gives_the_platforms_roles_but_an_officers(
    psql: Connection, world: World, mine: Role, given: Role
) -> None:
    somebody = world.globex.people[Role.TENANT_VIEWER]
    _as(psql, world.platform[mine])
    may = mine == Role.PLATFORM_ADMIN and given in (Role.PLATFORM_VIEWER, Role.PLATFORM_ADMIN)
    assert _grants(psql, "platform", somebody, given) is may
    assert not _grants(psql, "acme", somebody, given)


def test_naming_a_tenant_without_being_its_admin_gives_nothing(
    psql: Connection, world: World
) -> None:
    """A setting alone is no right: the database asks the memberships."""
    _as(psql, world.stranger, "acme")
    assert not _grants(psql, "acme", world.globex.people[Role.TENANT_VIEWER], Role.TENANT_VIEWER)
    for statement in (
        f"UPDATE people_membership SET ended_at = now() {LIVE}",
        "UPDATE people_apiclient SET revoked_at = now() WHERE tenant_id = %s",
        "UPDATE people_invitation SET status = 'Revoked' WHERE tenant_id = %s",
        "UPDATE people_visit SET elevated_at = now(), elevated_by = gen_random_uuid() "
        "WHERE tenant_id = %s",
    ):
        assert outcome(psql, statement, ["acme"])[2] == 0, statement


def test_an_admin_ends_roles_of_their_tenant_and_of_no_other(
    psql: Connection, world: World
) -> None:
    _as(psql, world.acme.people[Role.TENANT_ADMIN], "acme")
    end = f"UPDATE people_membership SET ended_at = now() {LIVE}"
    assert outcome(psql, end, ["acme"])[2] == len(TENANT_ROLES)
    assert outcome(psql, end, ["globex"])[2] == 0
    assert outcome(psql, end, ["platform"])[2] == 0


def test_no_web_process_gives_another_time_to_the_end_of_a_role(
    psql: Connection, world: World
) -> None:
    _as(psql, world.acme.people[Role.TENANT_ADMIN], "acme")
    end = f"UPDATE people_membership SET ended_at = '2001-01-01Z' {LIVE} RETURNING ended_at = now()"
    assert set(rows(psql, end, ["acme"])) == {(True,)}


def test_a_role_that_has_ended_does_not_come_back(psql: Connection, world: World) -> None:
    _as(psql, world.acme.people[Role.TENANT_ADMIN], "acme")
    viewer = world.acme.people[Role.TENANT_VIEWER].pk
    psql.execute("UPDATE people_membership SET ended_at = now() WHERE person_id = %s", [viewer])
    back = "UPDATE people_membership SET ended_at = NULL WHERE person_id = %s"
    assert refused(psql, back, [viewer]).sqlstate == "RP422"


@pytest.mark.parametrize("table", ["people_apiclient", "people_invitation"])
def test_the_hash_of_a_token_goes_in_and_is_never_read_back(
    psql: Connection, world: World, table: str
) -> None:
    _as(psql, world.acme.people[Role.TENANT_ADMIN], "acme")
    for statement in (
        f"SELECT token_hash FROM {table}",
        f"SELECT * FROM {table}",
        f"SELECT id FROM {table} WHERE token_hash = sha256('x')",
        f"UPDATE {table} SET token_hash = sha256('x')",
    ):
        assert refused(psql, statement).sqlstate == "42501", statement


def test_an_address_is_invited_in_ones_own_name_alone(psql: Connection, world: World) -> None:
    invite = (
        "INSERT INTO people_invitation (id, tenant_id, email, role, token_hash, status, "
        "invited_by, expires_at) VALUES (%s, %s, 'x@x.test', %s, sha256(%s::text::bytea), "
        "'Pending', %s, now() + interval '1 day')"
    )

    def invites(place: str, role: Role, by: Any) -> bool:
        values = [uuid7(), place, role, str(uuid7()), by]
        return outcome(psql, invite, values)[0] == ""

    admin, another = world.acme.people[Role.TENANT_ADMIN].pk, world.stranger.pk
    _as(psql, world.acme.people[Role.TENANT_ADMIN], "acme")
    assert invites("acme", Role.TENANT_ADMIN, admin)
    assert not invites("acme", Role.TENANT_ADMIN, another)
    assert not invites("acme", Role.TENANT_ADMIN, None)
    assert not invites("globex", Role.TENANT_VIEWER, admin)
    assert not invites("platform", Role.PLATFORM_VIEWER, admin)
    operator = world.platform[Role.PLATFORM_ADMIN]
    _as(psql, operator)
    assert invites("platform", Role.PLATFORM_ADMIN, operator.pk)
    # A tenant that has an admin takes none from the platform.
    assert not invites("acme", Role.TENANT_ADMIN, operator.pk)
    assert not invites("acme", Role.TENANT_VIEWER, operator.pk)


def test_an_invitation_lasts_a_week_at_most(psql: Connection, world: World) -> None:
    admin = world.acme.people[Role.TENANT_ADMIN]
    _as(psql, admin, "acme")
    invite = (
        "INSERT INTO people_invitation (id, tenant_id, email, role, token_hash, status, "
        "invited_by, expires_at) VALUES (%s, 'acme', 'y@x.test', 'tenant-viewer', 'x', "
        "'Pending', %s, now() + interval '7 days 1 second')"
    )
    assert refused(psql, invite, [uuid7(), admin.pk]).sqlstate == "23514"


VISIT = (
    "INSERT INTO people_visit (id, tenant_id, person_id, reason, ends_at) "
    "VALUES (%s, 'acme', %s, 'why', now() + %s::interval)"
)


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_a_platform_admin_alone_lets_in_and_only_themself(
    psql: Connection, world: World, role: Role
) -> None:
    me, other = world.platform[role], world.platform[Role.PLATFORM_VIEWER]
    _as(psql, me)
    admitted = outcome(psql, VISIT, [uuid7(), me.pk, "1 hour"])[0] == ""
    assert admitted is (role == Role.PLATFORM_ADMIN)
    if me is not other:
        assert outcome(psql, VISIT, [uuid7(), other.pk, "1 hour"])[0] == "42501"


@pytest.mark.parametrize("length", ["61 minutes", "1 day", "0 minutes", "-1 minute"])
def test_a_visit_is_an_hour_at_most(psql: Connection, world: World, length: str) -> None:
    me = world.platform[Role.PLATFORM_ADMIN]
    _as(psql, me)
    assert outcome(psql, VISIT, [uuid7(), me.pk, length])[0] == "23514"


def test_a_visitor_can_but_end_their_visit(psql: Connection, world: World) -> None:
    me, visit = world.platform[Role.PLATFORM_ADMIN], uuid7()
    _as(psql, me)
    psql.execute(VISIT.encode(), [visit, me.pk, "1 hour"])
    mine = "WHERE id = %s"
    for change in (
        "elevated_at = now(), elevated_by = gen_random_uuid()",
        f"elevated_at = now(), elevated_by = '{world.acme.people[Role.TENANT_ADMIN].pk}'",
    ):
        for where in ("", "acme"):
            stand(psql, where)
            state = outcome(psql, f"UPDATE people_visit SET {change} {mine}", [visit])[0]
            assert state == "42501"
    longer = f"UPDATE people_visit SET ends_at = ends_at + interval '1 minute' {mine}"
    assert refused(psql, longer, [visit]).sqlstate == "42501"
    assert outcome(psql, f"UPDATE people_visit SET ended_at = now() {mine}", [visit])[2] == 1


def test_a_tenant_admin_raises_a_visit_in_their_own_name(psql: Connection, world: World) -> None:
    me, visit = world.platform[Role.PLATFORM_ADMIN], uuid7()
    _as(psql, me)
    psql.execute(VISIT.encode(), [visit, me.pk, "1 hour"])
    admin = world.acme.people[Role.TENANT_ADMIN]
    raise_ = "UPDATE people_visit SET elevated_at = now(), elevated_by = %s WHERE id = %s"
    _as(psql, world.acme.people[Role.TENANT_OPERATOR], "acme")
    assert outcome(psql, raise_, [world.acme.people[Role.TENANT_OPERATOR].pk, visit])[2] == 0
    _as(psql, admin, "acme")
    assert outcome(psql, raise_, [world.stranger.pk, visit])[0] == "42501"
    assert outcome(psql, raise_, [admin.pk, visit])[2] == 1


PROPOSE = (
    "INSERT INTO people_officerproposal (id, tenant_id, person_id, status, reason, proposed_by) "
    "VALUES (%s, 'platform', %s, 'Proposed', 'why', %s)"
)


def test_an_officer_is_seated_by_another_who_confirms_it_and_by_nobody_else(
    psql: Connection, world: World
) -> None:
    admin, officer = world.platform[Role.PLATFORM_ADMIN], world.platform[Role.GOVERNANCE_OFFICER]
    chosen, proposal = world.globex.people[Role.TENANT_VIEWER], uuid7()
    _as(psql, officer)
    assert outcome(psql, PROPOSE, [proposal, chosen.pk, officer.pk])[0] == "42501"
    assert not _grants(psql, "platform", chosen, Role.GOVERNANCE_OFFICER)
    _as(psql, admin)
    assert outcome(psql, PROPOSE, [proposal, chosen.pk, officer.pk])[0] == "42501"
    assert outcome(psql, PROPOSE, [proposal, admin.pk, admin.pk])[0] == "42501"
    psql.execute(PROPOSE.encode(), [proposal, chosen.pk, admin.pk])
    confirm = (
        "UPDATE people_officerproposal SET status = 'Confirmed', decided_by = %s WHERE id = %s"
    )
    for name in (admin.pk, officer.pk):
        assert outcome(psql, confirm, [name, proposal])[0] in ("42501", "23514")
    assert not _grants(psql, "platform", chosen, Role.GOVERNANCE_OFFICER)
    _as(psql, officer)
    assert outcome(psql, confirm, [admin.pk, proposal])[0] == "42501"
    assert not _grants(psql, "platform", chosen, Role.GOVERNANCE_OFFICER)
    psql.execute(confirm.encode(), [officer.pk, proposal])
    assert _grants(psql, "platform", chosen, Role.GOVERNANCE_OFFICER)
    assert not _grants(psql, "platform", world.stranger, Role.GOVERNANCE_OFFICER)


def test_what_a_confirmation_seats_it_seats_in_its_own_transaction_alone(
    committed: None, world: World
) -> None:
    officer, chosen = world.platform[Role.GOVERNANCE_OFFICER], world.globex.people
    person, proposal = chosen[Role.TENANT_VIEWER], uuid7()
    with connect("owner") as owner:
        owner.execute(PROPOSE.encode(), [proposal, person.pk, uuid7()])
    with connect() as psql:
        _as(psql, officer)
        psql.execute(
            "UPDATE people_officerproposal SET status = 'Confirmed', decided_by = %s WHERE id = %s",
            [officer.pk, proposal],
        )
    with connect() as psql:
        _as(psql, officer)
        assert not _grants(psql, "platform", person, Role.GOVERNANCE_OFFICER)


@pytest.mark.parametrize("role", [*TENANT_ROLES, Role.PLATFORM_VIEWER, Role.GOVERNANCE_OFFICER])
def test_who_may_not_erase_is_told_that_nobody_is_there(
    psql: Connection, world: World, role: Role
) -> None:
    """A tenant admin included, where the person is somebody of another tenant."""
    mine = role in TENANT_ROLES
    _as(psql, (world.acme.people if mine else world.platform)[role], "acme" if mine else "")
    for victim in (world.stranger.pk, uuid7()):
        assert refused(psql, "SELECT app.erase_person(%s)", [victim]).sqlstate == "RP404"


def test_runtime_makes_nobody_but_by_a_token(psql: Connection, world: World) -> None:
    _as(psql, world.platform[Role.PLATFORM_ADMIN])
    accept = "SELECT app.accept_invitation(%s, %s, %s, 'x', 'x')"
    for digest in (b"", b"x" * 32, None):
        assert refused(psql, accept, [digest, uuid7(), uuid7()]).sqlstate == "RP404"
    make = (
        "INSERT INTO people_person (id, email, name, password, is_active, time_zone, "
        "session_epoch) VALUES (gen_random_uuid(), 'x@x.test', 'x', 'x', true, 'UTC', 0)"
    )
    assert refused(psql, make).sqlstate == "42501"


def test_the_helpers_of_definers_are_for_them_alone(psql: Connection, world: World) -> None:
    person = world.platform[Role.PLATFORM_ADMIN].pk
    for call in ("app.visit('acme', %s)", "app.may_invite(%s, 'acme', 'tenant-viewer')"):
        assert refused(psql, f"SELECT {call}", [person]).sqlstate == "42501"


def test_a_definer_hears_no_clock_of_the_caller(psql: Connection, world: World) -> None:
    """Inside one, current_user is the owner: the login that called it decides."""
    psql.execute("SET LOCAL app.clock = '2001-01-01Z'")
    psql.execute("SET LOCAL app.moves_clocks = 'on'")
    admin = world.acme.people[Role.TENANT_ADMIN]
    _as(psql, admin, "acme")
    psql.execute(
        b"INSERT INTO people_invitation (id, tenant_id, email, role, token_hash, status, "
        b"invited_by, expires_at) VALUES (%s, 'acme', 'clock@x.test', 'tenant-viewer', "
        b"sha256('clock'), 'Pending', %s, now() + interval '1 day')",
        [uuid7(), admin.pk],
    )
    membership = uuid7()
    psql.execute(
        b"SELECT app.accept_invitation(sha256('clock'), %s, %s, 'New', 'x')",
        [uuid7(), membership],
    )
    found = rows(
        psql, "SELECT created_at = now() FROM people_membership WHERE id = %s", [membership]
    )
    assert found == [(True,)]
