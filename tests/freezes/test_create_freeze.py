from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from apps.core.access import Role
from apps.core.errors import Invalid, NotFound
from apps.core.ids import uuid7
from apps.freezes.models import Freeze
from apps.freezes.operations import Window, end_freeze
from tests.core.doors import inside, new_environment, on_platform, run, sqlstate
from tests.freezes.windows import ALWAYS, around_now, freeze
from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WEEK: dict[str, Any] = {
    "weekdays": [1], "from_time": time(1), "until_time": time(2), "time_zone": "UTC",
}  # fmt: skip


def test_it_is_made_with_one_entry_in_the_tenants_chain_of_the_control_plane(world: World) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN) as entered:
        made = freeze(override_role="tenant-admin")
        (entry,) = entered.entries
    assert (entry.action, entry.tenant_id, entry.chain) == (
        "freeze.created", "acme", "public",
    )  # fmt: skip
    assert (made.status, made.created_by) == ("Standing", "tenant-admin@acme.test")


@pytest.mark.parametrize(
    ("window", "field"),
    [
        (Window(), "startsAt"),
        (Window(starts_at=NOW), "endsAt"),
        (Window(NOW, NOW), "endsAt"),
        (Window(NOW, NOW - timedelta(1)), "endsAt"),
        (Window(datetime(2026, 1, 1), NOW), "startsAt"),  # noqa: DTZ001
        (Window(NOW, NOW + timedelta(1), **WEEK), "startsAt"),
        (Window(**{**WEEK, "weekdays": []}), "weekdays"),
        (Window(**{**WEEK, "weekdays": [0]}), "weekdays"),
        (Window(**{**WEEK, "weekdays": [8]}), "weekdays"),
        (Window(**{**WEEK, "from_time": None}), "fromTime"),
        (Window(**{**WEEK, "until_time": None}), "untilTime"),
        (Window(**{**WEEK, "time_zone": ""}), "timeZone"),
        (Window(**{**WEEK, "time_zone": "Berlin"}), "timeZone"),
        (Window(**{**WEEK, "time_zone": "UTC+3"}), "timeZone"),
    ],
)
def test_a_window_that_cannot_be_is_told_by_its_field(
    world: World, window: Window, field: str
) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN) as entered:
        with pytest.raises(Invalid) as refusal:
            freeze(window=window)
        assert list(refusal.value.fields) == [field]
        assert entered.entries == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"override_role": "tenant-viewer"}, "overrideRole"),
        ({"scope": "all"}, "scope"),
        ({"scope": "world"}, "scope"),
        ({"scope": "project"}, "projectId"),
        ({"scope": "project", "project_id": "not ours"}, "projectId"),
        ({"scope": "environment"}, "environmentId"),
        ({"scope": "environment", "environment_id": uuid7()}, "environmentId"),
        ({"scope": "tenant", "environment_id": uuid7()}, "environmentId"),
        ({"scope": "tenant", "project_id": "shop"}, "projectId"),
    ],
)
def test_what_cannot_be_frozen_is_told_by_its_field(
    world: World, given: dict[str, Any], field: str
) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN), pytest.raises(Invalid) as refusal:
        freeze(**given)
    assert list(refusal.value.fields) == [field]


def test_an_environment_of_another_tenant_is_none(world: World) -> None:
    environment = new_environment(world)
    with inside(world.globex, role=Role.TENANT_ADMIN), pytest.raises(Invalid):
        freeze("environment", environment_id=environment)


def test_the_platforms_hold_for_all_tenants_and_nothing_less(world: World) -> None:
    with on_platform(world):
        assert freeze("all").tenant_id == "platform"
        with pytest.raises(Invalid):
            freeze("tenant")


def test_nobody_ends_anothers(world: World) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN):
        for other in (world.globex.freezes["own"], world.acme.freezes["platform"], uuid7()):
            with pytest.raises(NotFound):
                end_freeze(other, reason="x")
    with on_platform(world), pytest.raises(NotFound):
        end_freeze(world.acme.freezes["own"], reason="x")


def test_ending_takes_a_reason(world: World) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN), pytest.raises(Invalid):
        end_freeze(world.acme.freezes["own"], reason=" ")


def test_a_tenant_reads_its_own_and_the_platforms_and_no_other(world: World) -> None:
    with on_platform(world):
        freeze("all")
    with inside(world.acme, role=Role.TENANT_VIEWER, writing=False):
        assert {f.tenant_id for f in Freeze.objects.all()} == {"acme", "platform"}


@pytest.mark.parametrize(
    "change",
    [
        "starts_at = NULL", "ends_at = NULL", "ends_at = starts_at", "weekdays = '{1}'",
        "scope = 'all'", "scope = 'environment'", "scope = 'project'", "reason = ''",
        "time_zone = 'UTC'", "override_role = 'somebody'", "starts_at = NULL, ends_at = NULL",
    ],
)  # fmt: skip
def test_the_database_takes_no_rule_that_cannot_be(world: World, change: str) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN):
        made = freeze(window=around_now())
    assert _altered(world, made, change) == "23514"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("weekdays = NULL", "23514"), ("weekdays = '{}'", "23514"), ("weekdays = '{9}'", "23514"),
        ("from_time = NULL", "23514"), ("until_time = NULL", "23514"),
        ("time_zone = ''", "23514"), ("time_zone = 'Mars/Olympus'", "22023"),
    ],
)  # fmt: skip
def test_nor_a_weekly_one(world: World, change: str, state: str) -> None:
    with inside(world.acme, role=Role.TENANT_ADMIN):
        made = freeze(window=ALWAYS)
    assert _altered(world, made, change) == state


def _altered(world: World, made: Freeze, change: str) -> str:
    """What a copy of the row with that in it is answered with."""
    columns = [field.column for field in Freeze._meta.concrete_fields if field.column != "id"]
    new = dict(part.split(" = ", 1) for part in change.split(", "))
    values = ", ".join(new.get(column, column) for column in columns)
    with inside(world.acme, role=Role.TENANT_ADMIN):
        assert run("SELECT count(*) FROM freezes_freeze WHERE id = %s", [made.id]) == [(1,)]
        return sqlstate(
            f"INSERT INTO freezes_freeze (id, {', '.join(columns)}) "
            f"SELECT gen_random_uuid(), {values} FROM freezes_freeze WHERE id = %s",
            [made.id],
        )
