"""From a longer window towards the floor: a preview, a second officer, 72 hours, no further."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.core.access import Actor, Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.ids import uuid7
from apps.retention.foretold import of_lifting, of_window
from apps.retention.models import ReturnStatus, WindowReturn
from apps.retention.operations import own_window, place_hold, set_retention
from apps.retention.returns import ask_return, confirm_return, decline_return
from apps.tenant_bindings.context import enter_platform
from tests.core.doors import on_platform, rolled_back_as, run, sqlstate
from tests.core.shell import manage
from tests.isolation.logins import connect, rows, stand
from tests.retention.ages import HEALTH, SERVICES, Aged, aged
from tests.retention.governed import OFFICER, as_owner
from tests.retention.officers import the_second_officer
from tests.world import OPERATOR, World

CLASS = "retired-service"


@pytest.fixture
def second(world: World, committed: None) -> Actor:
    return the_second_officer()


def _longer(world: World, found: Aged, days: int = 400, data_class: str = CLASS) -> None:
    with on_platform(world, OFFICER):
        set_retention(tenant_id=found.slug, data_class=data_class, days=days, reason="longer")


def _ask(world: World, found: Aged, days: int = 90, data_class: str = CLASS) -> UUID:
    with on_platform(world, OFFICER):
        return ask_return(
            tenant_id=found.slug, data_class=data_class, days=days, reason="enough"
        ).id


def _confirm(second: Actor, asked: UUID) -> None:
    with enter_platform(actor=second):
        confirm_return(asked)


def _in_force(found: Aged, data_class: str = CLASS, at: datetime | None = None) -> int:
    """As the decision is told."""
    with connect("steward") as steward:
        stand(steward, found.slug)
        days: int = rows(steward, "SELECT app.retention_window(%s, %s)", [data_class, at])[0][0]
        return days


def _applied(found: Aged) -> int:
    """The version that a run of now names."""
    ended = manage("run_retention", "--tenant", found.slug, "--dry-run", "--format", "json")
    with connect("owner") as owner:
        statement = (
            "SELECT policy_versions ->> 'tenant' FROM retention_retentionentry "
            "WHERE tenant_id = %s AND run_id = %s AND data_class = %s"
        )
        return int(rows(owner, statement, [found.slug, ended.json["runId"], CLASS])[0][0])


def _later(found: Aged, hours: float) -> None:
    as_owner(
        "UPDATE retention_retentionpolicy SET in_force_at = in_force_at - interval "
        f"'{hours} hours' WHERE tenant_id = '{found.slug}' AND return_id IS NOT NULL"
    )


def test_after_a_second_officer_and_72_hours_the_shorter_window_is_in_force(
    world: World, second: Actor
) -> None:
    found = aged()
    cart = found.retire("cart")
    found.age(SERVICES, "100 days", f"id = '{cart}'")
    _longer(world, found)
    asked = _ask(world, found)
    assert _in_force(found) == 400
    _confirm(second, asked)
    assert _in_force(found) == 400
    assert _applied(found) == 1
    now = datetime.now(UTC)
    assert _in_force(found, at=now + timedelta(hours=71)) == 400
    assert _in_force(found, at=now + timedelta(hours=73)) == 90
    _later(found, 71.9)
    assert found.why(CLASS, [cart]) == {cart: "window"}
    _later(found, 0.2)
    assert found.why(CLASS, [cart]) == {cart: None}
    ended = manage("run_retention", "--tenant", found.slug, "--format", "json")
    assert ended.json["entries"][0]["purged"] == 1
    assert _applied(found) == 2
    with connect("owner") as owner:
        trail = rows(
            owner, "SELECT action FROM core_auditentry WHERE tenant_id = %s "
            "AND object_id = %s ORDER BY number", [found.slug, str(asked)],
        )  # fmt: skip
    assert trail == [("window_return.asked",), ("window_return.confirmed",)]


@pytest.mark.attacks("a window goes back by two officers and 72 hours")
def test_who_asked_does_not_confirm(world: World, committed: None) -> None:
    found = aged()
    _longer(world, found)
    asked = _ask(world, found)
    with on_platform(world, OFFICER) as entered:
        with pytest.raises(Forbidden, match="second officer"):
            confirm_return(asked)
        me = entered.actor.id
        by_hand = (
            "UPDATE retention_windowreturn SET status = 'Confirmed', decided_by_id = '{}' "
            f"WHERE id = '{asked}'"
        )
        assert sqlstate(by_hand.format(me)) == "23514"
        # Nor in the name of another, nor asked for in the name of another.
        assert sqlstate(by_hand.format(uuid7())) == "42501"
        assert sqlstate(
            "INSERT INTO retention_windowreturn (id, tenant_id, data_class, version, from_days, "
            "days, reason, status, asked_by_id, asked_by_label, decided_by_label) VALUES "
            f"(gen_random_uuid(), 'acme', '{CLASS}', 9, 400, 90, 'r', 'Asked', '{uuid7()}', '', '')"
        ) == "42501"  # fmt: skip
    assert _in_force(found) == 400


@pytest.mark.attacks("a window goes back by two officers and 72 hours")
def test_a_version_that_shortens_without_a_way_back_is_refused(world: World, second: Actor) -> None:
    """By hand: no way back, one that is only asked for, one with other days, one of another."""
    found, other = aged(), aged()
    for one in (found, other):
        _longer(world, one)
    asked, theirs = _ask(world, found, 200), _ask(world, other, 90)
    insert = (
        "INSERT INTO retention_retentionpolicy (id, tenant_id, data_class, version, days, reason, "
        "set_by_id, set_by_label, return_id, in_force_at) VALUES (gen_random_uuid(), "
        f"'{found.slug}', '{CLASS}', 2, {{}}, 'r', app.person_id(), '', '{{}}', '2001-01-01Z')"
    )
    _confirm(second, theirs)
    with enter_platform(actor=second):
        for days, named in ((90, uuid7()), (200, asked), (90, theirs)):
            assert sqlstate(insert.format(days, named)) == "RP409"
        run(
            "UPDATE retention_windowreturn SET status = 'Confirmed', decided_by_id = "
            f"app.person_id() WHERE id = '{asked}'"
        )
        assert sqlstate(insert.format(90, asked)) == "RP409"
        # Confirmed by hand it is still 72 hours: whoever writes says no time.
        run(insert.format(200, asked))
        ((hours,),) = run(
            "SELECT extract(epoch FROM in_force_at - now()) / 3600 FROM retention_retentionpolicy "
            f"WHERE return_id = '{asked}'"
        )
        assert float(hours) == 72
        for change in ("in_force_at = now()", "return_id = NULL", "days = 90"):
            where = f"WHERE return_id = '{asked}'"
            assert sqlstate(f"UPDATE retention_retentionpolicy SET {change} {where}") == "42501"
    assert _in_force(found) == 400


@pytest.mark.attacks("a window goes back by two officers and 72 hours")
def test_a_setting_of_the_time_brings_it_no_sooner(world: World, second: Actor) -> None:
    found = aged()
    _longer(world, found)
    _confirm(second, _ask(world, found))
    with connect("steward") as steward:
        stand(steward, found.slug)
        steward.execute("SET LOCAL app.as_of = '2999-01-01Z'")
        assert rows(steward, "SELECT app.retention_window(%s)", [CLASS]) == [(400,)]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"days": 89}, "days"),
        ({"days": True}, "days"),
        ({"data_class": "servises"}, "dataClass"),
        ({"reason": " "}, "reason"),
    ],
)
def test_shorter_than_the_floor_and_what_else_is_wrong_is_refused(
    world: World, rolled_back: None, wanted: dict[str, Any], field: str
) -> None:
    with on_platform(world, OFFICER):
        set_retention(tenant_id="acme", data_class=CLASS, days=400, reason="r")
        with pytest.raises(Invalid) as refusal:
            ask_return(
                **{"tenant_id": "acme", "data_class": CLASS, "days": 90, "reason": "r", **wanted}
            )
        assert set(refusal.value.fields) == {field}
        assert sqlstate(
            "INSERT INTO retention_windowreturn (id, tenant_id, data_class, version, from_days, "
            "days, reason, status, asked_by_id, asked_by_label, decided_by_label) VALUES "
            f"(gen_random_uuid(), 'acme', '{CLASS}', 9, 400, 89, 'r', 'Asked', app.person_id(), "
            "'', '')"
        ) == "23514"  # fmt: skip


def test_where_no_longer_window_stands_there_is_no_way_back(
    world: World, rolled_back: None
) -> None:
    with on_platform(world, OFFICER):
        for whose in ("globex", None):
            with pytest.raises(Refused):
                ask_return(tenant_id=whose, data_class=CLASS, days=90, reason="r")
        for whose in ("nobody", "platform"):
            with pytest.raises(NotFound):
                ask_return(tenant_id=whose, data_class=CLASS, days=90, reason="r")


def test_it_takes_an_officer_signed_in(world: World, rolled_back: None) -> None:
    with on_platform(world, Role.PLATFORM_ADMIN), pytest.raises(Forbidden):
        ask_return(tenant_id="acme", data_class=CLASS, days=90, reason="r")
    with rolled_back_as("owner"), enter_platform(actor=OPERATOR), pytest.raises(Forbidden):
        ask_return(tenant_id="acme", data_class=CLASS, days=90, reason="r")


@pytest.mark.attacks("a window goes back by two officers and 72 hours")
def test_a_window_lengthened_meanwhile_is_not_undone(world: World, second: Actor) -> None:
    found = aged()
    _longer(world, found)
    asked = _ask(world, found)
    _longer(world, found, 500)
    with enter_platform(actor=second), pytest.raises(Refused, match="changed since"):
        confirm_return(asked)
    _confirm(second, _ask(world, found, 200))
    # After it was confirmed, and before it is in force: what is set then stands.
    _longer(world, found, 300)
    assert _in_force(found) == 500
    _later(found, 73)
    assert _in_force(found) == 300
    with on_platform(world, OFFICER):
        assert own_window(CLASS, found.slug) == 300


VERBS: dict[str, Callable[[UUID], Any]] = {"confirm": confirm_return, "decline": decline_return}
WAYS = {"Asked": "", "Confirmed": "confirm", "Declined": "decline"}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(ReturnStatus.values, VERBS)))
def test_a_way_back_goes_only_where_it_may(
    world: World, second: Actor, state: str, verb: str
) -> None:
    found = aged()
    _longer(world, found)
    asked = _ask(world, found)
    with enter_platform(actor=second) as entered:
        if WAYS[state]:
            VERBS[WAYS[state]](asked)
        entered.entries.clear()
        if state in WindowReturn.TRANSITIONS[verb].sources:
            target = WindowReturn.TRANSITIONS[verb].target
            assert VERBS[verb](asked).status == target
            assert len(entered.entries) == 1
        else:
            with pytest.raises(Refused):
                VERBS[verb](asked)
            assert entered.entries == []


def test_the_preview_says_what_then_becomes_due(world: World, second: Actor) -> None:
    """What is held or due anyway is not counted; what the class lets be read is."""
    found = aged()
    found.release_anew(4)
    cart, web = found.retire("cart"), found.retire("web")
    found.age(SERVICES, "100 days", f"id = '{cart}'")
    found.age(SERVICES, "500 days", f"id = '{web}'")
    _longer(world, found, 400)
    with on_platform(world, OFFICER):
        told = of_window(found.slug, CLASS, 90)
        assert [(row.data_class, row.due) for row in told.rows] == [(CLASS, 1)]
        assert of_window(found.slug, CLASS, 120).rows == []
        # Of all tenants: its own window keeps it.
        assert found.slug not in {row.tenant_id for row in of_window("platform", CLASS, 90).rows}
        place_hold(tenant_id=found.slug, data_classes=[CLASS], matter="m", reason="r")
        assert of_window(found.slug, CLASS, 90).rows == []
    before = set(found.why(CLASS).values())
    assert None not in before


def test_the_preview_of_a_lifting_says_what_then_becomes_due(world: World, committed: None) -> None:
    found = aged()
    found.retire("cart")
    found.retire("web")
    found.age_all("800 days")
    with on_platform(world, OFFICER):
        hold = place_hold(
            tenant_id=found.slug, data_classes=["health-result"], matter="m", reason="r"
        )
        told = {row.data_class: row.due for row in of_lifting(hold).rows}
        assert told == {CLASS: 2, "health-result": found.count(HEALTH)}
        # Another hold keeps it still.
        other = place_hold(tenant_id=found.slug, data_classes=[CLASS], matter="m", reason="r")
        told = {row.data_class: row.due for row in of_lifting(hold).rows}
        assert told == {"health-result": found.count(HEALTH)}
        assert of_lifting(other).rows == []


@pytest.mark.parametrize("role", [Role.PLATFORM_ADMIN, Role.PLATFORM_VIEWER])
def test_officers_alone_see_beforehand(world: World, rolled_back: None, role: Role) -> None:
    statement = "SELECT * FROM app.becomes_due('acme', NULL, 'retired-service', 90, now())"
    with on_platform(world, role):
        assert sqlstate(statement) == "RP409"


def test_nobody_stands_elsewhere_after_looking(world: World, rolled_back: None) -> None:
    with on_platform(world, OFFICER):
        of_window("platform", CLASS, 90)
        assert run("SELECT app.tenant_id()") == [(None,)]
