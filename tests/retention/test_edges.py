"""Edges to the microsecond, wherever the steward sits: of what another row ends, and of tenants
whose windows differ; and the ORM's own ways to delete.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from apps.configurations.operations import draft_configuration, publish_configuration
from apps.core import door
from apps.core.access import Role
from apps.deployments.models import RuntimeDeployment
from apps.drift_findings.models import RuntimeDriftFinding
from apps.retention.operations import set_retention
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_tenant
from tests.core.doors import on_platform
from tests.isolation.logins import connect, stand
from tests.retention.ages import (
    CONFIGURATION_TABLES,
    CONFIGURATIONS,
    DEPLOYMENT_TABLES,
    DEPLOYMENTS,
    SERVICE_TABLES,
    SERVICES,
    ZONES,
    Aged,
    aged,
    delete,
    name_rows,
)
from tests.world import OPERATOR, World

MICROSECOND = timedelta(microseconds=1)
YEAR = timedelta(days=366)
# Behind a leap day, and where the clocks of people jump.
MOMENT = datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
EDGES = ((timedelta(0), 0), (-MICROSECOND, 0), (MICROSECOND, 1))


def _move(found: Aged, table: str, row: UUID, **clocks: datetime) -> None:
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        moved = ", ".join(f"{column} = %s" for column in clocks)
        owner.execute(
            f"UPDATE {found.table(table)} SET {moved} WHERE id = %s".encode(),
            [*clocks.values(), row],
        )


def _gone(found: Aged, row: UUID, tables: Sequence[tuple[str, str]]) -> list[int]:
    """How many of it would go at that moment, asked in each time zone; nothing of it stays gone."""
    counts = []
    for zone in ZONES:
        with connect("steward") as steward:
            steward.execute(f"SET LOCAL timezone = '{zone}'".encode())
            steward.execute(f"SET LOCAL app.as_of = '{MOMENT.isoformat()}'".encode())
            stand(steward, found.slug)
            name_rows(steward, [row])
            counts.append(delete(steward, found, [row], *tables)[-1])
            steward.rollback()
    return counts


@pytest.mark.attacks("nothing goes early")
def test_a_deployment_goes_a_year_after_it_was_replaced_and_no_microsecond_sooner(
    committed: None,
) -> None:
    found = aged()
    first, second, *newer = found.release_anew(4)
    _move(found, DEPLOYMENTS, first, finished_at=MOMENT - YEAR - timedelta(days=30))
    for one in newer:
        _move(found, DEPLOYMENTS, one, finished_at=MOMENT - timedelta(days=1))
    for late, gone in EDGES:
        _move(found, DEPLOYMENTS, second, finished_at=MOMENT - YEAR - late)
        assert _gone(found, first, DEPLOYMENT_TABLES) == [gone] * len(ZONES), late


@pytest.mark.attacks("nothing goes early")
def test_a_version_goes_a_year_after_it_was_superseded_and_no_microsecond_sooner(
    committed: None,
) -> None:
    found = aged()
    with found.entered():
        one, _ = (
            publish_configuration(draft_configuration(payload={"release": n}).id) for n in range(2)
        )
    created = {"created_at": MOMENT - 2 * YEAR, "published_at": MOMENT - 2 * YEAR}
    for late, gone in EDGES:
        _move(found, CONFIGURATIONS, one.id, **created, superseded_at=MOMENT - YEAR - late)
        assert _gone(found, one.id, CONFIGURATION_TABLES) == [gone] * len(ZONES), late


@pytest.mark.attacks("nothing goes early")
def test_two_tenants_in_one_schema_each_go_by_their_own_window(
    world: World, committed: None
) -> None:
    by_floor, longer = aged("shared"), aged("shared")
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        set_retention(tenant_id=longer.slug, data_class="retired-service", days=120, reason="r")
    carts = {found.slug: found.retire("cart") for found in (by_floor, longer)}
    for days, late, counts in (
        (90, timedelta(0), (0, 0)), (90, MICROSECOND, (1, 0)),
        (120, timedelta(0), (1, 0)), (120, MICROSECOND, (1, 1)),
    ):  # fmt: skip
        for found, gone in zip((by_floor, longer), counts, strict=True):
            cart = carts[found.slug]
            _move(found, SERVICES, cart, retired_at=MOMENT - timedelta(days=days) - late)
            assert _gone(found, cart, SERVICE_TABLES) == [gone] * len(ZONES), (days, late)


@pytest.mark.attacks("nothing goes early")
@pytest.mark.parametrize("model", [RuntimeService, RuntimeDeployment, RuntimeDriftFinding])
def test_the_orm_deletes_nothing_that_no_run_has_named(committed: None, model: type) -> None:
    """Neither many at once, nor one, nor without asking what hangs on it: due as they are."""
    found = aged()
    found.release_anew(4)
    found.retire("cart")
    found.resolve()
    found.age_all("4000 days")
    table = model._meta.db_table
    before = found.ids(table)
    assert before
    with (
        door.using("steward"),
        enter_tenant(found.slug, actor=OPERATOR, environment_id=found.environment, writing=True),
    ):
        rows = model.objects.filter(tenant_id=found.slug)
        assert len(rows) == len(before)
        assert rows._raw_delete("steward") == 0
        assert rows.delete()[0] == 0
        assert rows.first().delete()[0] == 0
    assert found.ids(table) == before
