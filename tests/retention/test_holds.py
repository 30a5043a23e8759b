"""A hold keeps above all; two officers lift it, and for thirty days it still holds."""

from typing import Any

import pytest
from django.db import IntegrityError

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.retention.models import LegalHold
from apps.retention.operations import keep_hold, lift_hold, place_hold, propose_lift
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.core.doors import on_platform, rolled_back_as, run, sqlstate
from tests.isolation.logins import connect, rows, stand
from tests.retention.ages import (
    CONFIGURATION_TABLES,
    DEPLOYMENT_TABLES,
    DEPLOYMENTS,
    SERVICE_TABLES,
    SERVICES,
    Aged,
    aged,
    purge,
)
from tests.retention.officers import the_second_officer
from tests.world import OPERATOR, World, person_actor

OFFICER = Role.GOVERNANCE_OFFICER


def _place(world: World, found: Aged, *classes: str, **more: Any) -> LegalHold:
    with on_platform(world, OFFICER):
        return place_hold(
            tenant_id=found.slug, data_classes=classes, matter="Doe v. Acme",
            reason="asked by court", **more,
        )  # fmt: skip


def _lift(world: World, hold: LegalHold) -> None:
    with on_platform(world, OFFICER):
        propose_lift(hold.id, reason="settled")
    with enter_platform(actor=the_second_officer()):
        lift_hold(hold.id)


def test_what_is_held_stays_however_long_it_is_due(world: World, committed: None) -> None:
    found = aged()
    cart, web = found.retire("cart"), found.retire("web")
    found.age(SERVICES, "9000 days")
    hold = _place(world, found, "retired-service")
    assert set(found.why("retired-service").values()) == {"hold"}
    assert purge(found, [cart, web], *SERVICE_TABLES) == [0, 0]
    _lift(world, hold)
    assert purge(found, [cart, web], *SERVICE_TABLES) == [0, 0]
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute(
            "UPDATE retention_legalhold SET lifted_at = now() - interval '30 days 1 second' "
            "WHERE id = %s",
            [hold.id],
        )
    assert purge(found, [cart, web], *SERVICE_TABLES) == [2, 2]


def test_it_holds_in_its_environment_and_for_its_tenant_alone(
    world: World, committed: None
) -> None:
    here, elsewhere = aged(), aged()
    for found in (here, elsewhere):
        found.retire("cart")
        found.age(SERVICES, "9000 days")
    _place(world, here, "retired-service", environment_id=here.environment)
    gone = [set(found.why("retired-service").values()) for found in (here, elsewhere)]
    assert gone == [{"hold"}, {None, "state"}]
    with pytest.raises(NotFound):
        _place(world, here, "retired-service", environment_id=elsewhere.environment)


def test_a_hold_keeps_what_it_takes_to_read_what_is_held(world: World, committed: None) -> None:
    """A log: its step, its deployment and the configuration of that."""
    found = aged()
    found.release_anew(4)
    found.age_all("800 days")
    _place(world, found, "step-log")
    assert purge(found, found.deployments, *DEPLOYMENT_TABLES) == [0, 0, 0]
    assert set(found.why("configuration-version", found.configurations).values()) == {"state"}
    assert purge(found, found.configurations, *CONFIGURATION_TABLES) == [0]
    assert set(found.deployments) <= found.ids(DEPLOYMENTS)


def test_who_proposed_it_does_not_lift_it_and_the_shell_neither(
    world: World, rolled_back: None
) -> None:
    with on_platform(world, OFFICER) as entered:
        hold = place_hold(
            tenant_id="acme", data_classes=["step-log"], matter="m", reason="r",
        )  # fmt: skip
        with pytest.raises(Refused):
            lift_hold(hold.id)
        propose_lift(hold.id, reason="settled")
        with pytest.raises(Forbidden, match="second officer"):
            lift_hold(hold.id)
        keep_hold(hold.id)
        actions = [(e.action, e.tenant_id) for e in entered.entries]
        assert actions == [
            ("hold.placed", "acme"), ("hold.lift_proposed", "acme"), ("hold.kept", "acme"),
        ]  # fmt: skip
    with rolled_back_as("owner"), enter_platform(actor=OPERATOR):
        hold = place_hold(tenant_id="globex", data_classes=["step-log"], matter="m", reason="r")
        for verb in (lambda: propose_lift(hold.id, reason="r"), lambda: lift_hold(hold.id)):
            with pytest.raises(Forbidden, match="signed in"):
                verb()


def test_the_database_lets_no_officer_lift_alone(world: World, rolled_back: None) -> None:
    other = uuid7()
    with on_platform(world, OFFICER):
        hold = place_hold(tenant_id="acme", data_classes=["step-log"], matter="m", reason="r")
        me = world.platform[OFFICER].pk
        change = "UPDATE retention_legalhold SET"
        where = f"WHERE id = '{hold.id}'"
        for statement, state in (
            (f"status = 'Lifted', lift_proposed_by_id = '{other}', lifted_by_id = '{me}'", "RP409"),
            (f"status = 'LiftProposed', lift_proposed_by_id = '{other}'", "42501"),
            ("lifted_at = now()", "42501"),
            ("data_classes = '{}'", "42501"),
        ):
            assert sqlstate(f"{change} {statement} {where}") in (state, "RP422"), statement
        propose_lift(hold.id, reason="settled")
        for statement in (
            f"status = 'Lifted', lifted_by_id = '{me}'",
            f"status = 'Lifted', lifted_by_id = '{me}', lift_proposed_by_id = '{other}'",
            f"status = 'Lifted', lifted_by_id = '{other}'",
        ):
            assert sqlstate(f"{change} {statement} {where}") in ("23514", "42501", "RP422")
        assert sqlstate(f"DELETE FROM retention_legalhold {where}") == "42501"


def test_a_hold_on_a_class_that_is_none_is_refused_and_not_silently_void(
    world: World, rolled_back: None
) -> None:
    with on_platform(world, OFFICER):
        with pytest.raises(Invalid) as refusal:
            place_hold(tenant_id="acme", data_classes=["servise"], matter="", reason=" ")
        assert set(refusal.value.fields) == {"dataClasses", "matter", "reason"}
        with pytest.raises(IntegrityError):
            LegalHold.objects.create(
                tenant_id="acme", number=1, data_classes=["servise"], matter="m", reason="r",
                placed_by_id=world.platform[OFFICER].pk, placed_by_label="x",
            )  # fmt: skip


@pytest.mark.parametrize("role", [r for r in Role if r.startswith("tenant")])
def test_a_tenants_people_see_the_number_and_its_auditors_the_matter(
    world: World, committed: None, role: Role
) -> None:
    with rolled_back_as("default"):
        with on_platform(world, OFFICER):
            placed = place_hold(
                tenant_id="acme", data_classes=["step-log"], matter="Doe v. Acme", reason="r"
            )
        with enter_tenant("acme", actor=person_actor(world.acme.people[role])):
            seen = {hold.id: hold.matter for hold in LegalHold.objects.all()}
            if role == Role.TENANT_AUDITOR:
                assert seen[placed.id] == "Doe v. Acme"
            else:
                assert seen == {}
            assert run("SELECT app.hold_numbers('deployment-history', NULL)") == [
                ([placed.number],)
            ]
            assert run("SELECT app.hold_numbers('retired-service', NULL)") == [([],)]
        with enter_tenant("globex", actor=person_actor(world.globex.people[role])):
            assert not LegalHold.objects.filter(tenant_id="acme").exists()


def test_nobody_else_of_the_platform_reads_or_places_one(world: World, rolled_back: None) -> None:
    with on_platform(world, OFFICER):
        place_hold(tenant_id="acme", data_classes=["step-log"], matter="m", reason="r")
    for role in (Role.PLATFORM_ADMIN, Role.PLATFORM_VIEWER):
        with on_platform(world, role):
            assert list(LegalHold.objects.all()) == []
            with pytest.raises(Forbidden):
                place_hold(tenant_id="acme", data_classes=["step-log"], matter="m", reason="r")
            assert sqlstate(
                "INSERT INTO retention_legalhold (id, tenant_id, number, data_classes, matter, "
                "reason, status, placed_by_id, placed_by_label, lift_proposed_by_label, "
                "lift_reason, lifted_by_label) VALUES (gen_random_uuid(), 'acme', 9, "
                "'{step-log}', 'm', 'r', 'Placed', gen_random_uuid(), 'x', '', '', '')"
            ) == "42501"  # fmt: skip


def test_numbers_count_up_for_each_tenant(world: World, committed: None) -> None:
    found = aged()
    numbers = [_place(world, found, "step-log").number for _ in range(3)]
    assert numbers == [1, 2, 3]
    with connect("owner") as owner:
        stand(owner, found.slug)
        assert rows(owner, "SELECT app.hold_numbers('step-log', NULL)") == [([1, 2, 3],)]
