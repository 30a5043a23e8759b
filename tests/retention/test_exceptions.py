"""An exception is asked for by a tenant and decided by an officer who has not asked."""

import hashlib
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.people.models import Membership
from apps.retention.exceptions import (
    approve_exception,
    refuse_exception,
    request_exception,
    withdraw_exception,
)
from apps.retention.models import ExceptedRow, ExceptionStatus, GovernanceException
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.core.doors import on_platform, rolled_back_as, sqlstate
from tests.core.shell import manage
from tests.isolation.logins import connect, rows
from tests.retention.ages import SERVICES, Aged, aged
from tests.world import World, person_actor

OFFICER = Role.GOVERNANCE_OFFICER


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(days=7)


def _ask(world: World, slug: str = "acme", **more: Any) -> GovernanceException:
    asked = {
        "data_class": "retired-service", "reason": "erasure", "legal_basis": "GDPR 17",
        "lapses_at": _soon(), **more,
    }  # fmt: skip
    actor = person_actor(world.acme.people[Role.TENANT_ADMIN])
    with enter_tenant(slug, actor=actor, partition="public", writing=True):
        return request_exception(**asked)


def _asked_at_the_shell(found: Aged) -> str:
    asked = manage(
        "request_exception", "--tenant", found.slug, "--data-class", "retired-service",
        "--reason", "erasure", "--legal-basis", "GDPR 17", "--lapses-at", _soon().isoformat(),
        "--format", "json",
    )  # fmt: skip
    assert asked.code == 0, asked.err
    return str(asked.json["governanceExceptionId"])


def test_at_approval_the_rows_are_frozen_with_count_and_digest(
    world: World, committed: None
) -> None:
    found = aged()
    cart = found.retire("cart")
    asked = _asked_at_the_shell(found)
    with on_platform(world, OFFICER) as entered:
        approved = approve_exception(asked, reason="lawful")  # type: ignore[arg-type]
        assert [(e.action, e.tenant_id) for e in entered.entries] == [
            ("exception.approved", found.slug)
        ]
        assert (approved.status, approved.row_count) == ("Approved", 1)
        (frozen,) = ExceptedRow.objects.filter(exception_id=asked)
    with connect("owner") as owner:
        text = rows(
            owner, f"SELECT to_jsonb(t)::text FROM {found.table(SERVICES)} t WHERE id = %s", [cart]
        )[0][0]
    assert (frozen.row_id, frozen.data_partition) == (cart, found.schema)
    assert frozen.digest == hashlib.sha256(text.encode()).hexdigest()
    line = f"{cart} {frozen.digest}"
    assert approved.digest == hashlib.sha256(line.encode()).hexdigest()
    # What begins later is not covered.
    found.retire("web")
    with on_platform(world, OFFICER):
        assert ExceptedRow.objects.filter(exception_id=asked).count() == 1


def test_an_officer_says_why_and_decides_once(world: World, rolled_back: None) -> None:
    asked = _ask(world)
    with on_platform(world, OFFICER):
        with pytest.raises(Invalid):
            approve_exception(asked.id, reason=" ")
        refuse_exception(asked.id, reason="no basis")
        with pytest.raises(Refused):
            approve_exception(asked.id, reason="after all")


def test_the_database_lets_nobody_approve_their_own(world: World, committed: None) -> None:
    """The same person with both roles, by the operation and by hand."""
    person = world.acme.people[Role.TENANT_ADMIN]
    with rolled_back_as("owner"):
        Membership.objects.create(person=person, tenant_id="platform", role=OFFICER)
        actor = person_actor(person)
        with enter_tenant("acme", actor=actor, partition="public", writing=True):
            asked = request_exception(
                data_class="retired-service", reason="r", legal_basis="b", lapses_at=_soon()
            )
        with enter_platform(actor=actor):
            with pytest.raises(Forbidden, match="another officer"):
                approve_exception(asked.id, reason="mine")
            assert sqlstate("SELECT app.freeze_exception(%s)", [asked.id]) == "RP409"
            assert sqlstate(
                "UPDATE retention_governanceexception SET status = 'Refused', decided_by_id = %s "
                "WHERE id = %s", [person.pk, asked.id],
            ) == "23514"  # fmt: skip


def test_a_tenants_people_approve_nothing_by_hand_either(world: World, rolled_back: None) -> None:
    asked = _ask(world)
    me = world.acme.people[Role.TENANT_ADMIN].pk
    with enter_tenant(
        "acme", actor=person_actor(world.acme.people[Role.TENANT_ADMIN]), partition="public",
        writing=True,
    ):  # fmt: skip
        where = f"WHERE id = '{asked.id}'"
        for change in (
            f"status = 'Refused', decided_by_id = '{me}'",
            f"status = 'Approved', decided_by_id = '{uuid7()}'",
            "row_count = 1",
            "lapses_at = '2999-01-01Z'",
            "data_class = 'step-log'",
        ):
            state = sqlstate(f"UPDATE retention_governanceexception SET {change} {where}")
            assert state in ("42501", "23514"), change
        assert sqlstate("SELECT app.freeze_exception(%s)", [asked.id]) == "RP409"
        assert sqlstate(
            "INSERT INTO retention_exceptedrow (id, tenant_id, exception_id, data_partition, "
            "row_id, digest) VALUES (gen_random_uuid(), 'acme', gen_random_uuid(), 'x', "
            "gen_random_uuid(), 'x')"
        ) == "42501"  # fmt: skip


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"data_class": "servises"}, "dataClass"),
        ({"reason": " "}, "reason"),
        ({"legal_basis": ""}, "legalBasis"),
        ({"lapses_at": datetime(2020, 1, 1, tzinfo=UTC)}, "lapsesAt"),
    ],
)
def test_what_is_wrong_is_named(
    world: World, rolled_back: None, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        _ask(world, **more)
    assert set(refusal.value.fields) == {field}


def test_an_environment_of_another_is_as_one_that_is_not(world: World, rolled_back: None) -> None:
    for environment in (world.globex.environments["silo"], uuid7()):
        with pytest.raises(NotFound):
            _ask(world, environment_id=environment)


VERBS: dict[str, Callable[[Any], Any]] = {
    "approve": lambda e: approve_exception(e, reason="r"),
    "refuse": lambda e: refuse_exception(e, reason="r"),
    "withdraw": withdraw_exception,
}
WAYS = {"Asked": (), "Approved": ("approve",), "Refused": ("refuse",), "Withdrawn": ("withdraw",)}
# What is spent is tried in test_exceptions_act: a run spends it, on a connection of its own.
assert set(WAYS) == set(ExceptionStatus.values) - {"Spent"}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(WAYS, VERBS)))
def test_an_exception_goes_only_where_exceptions_go(
    world: World, rolled_back: None, state: str, verb: str
) -> None:
    asked = _ask(world)
    with on_platform(world, OFFICER) as entered:
        for step in WAYS[state]:
            VERBS[step](asked.id)
        entered.entries.clear()
        found = GovernanceException.TRANSITIONS[verb]
        if state in found.sources:
            assert VERBS[verb](asked.id).status == found.target
            assert len(entered.entries) == 1
        else:
            with pytest.raises(Refused):
                VERBS[verb](asked.id)
            assert entered.entries == []
            assert GovernanceException.objects.get(id=asked.id).status == state
