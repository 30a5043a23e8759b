"""Each window at its edge, to the microsecond, whatever the calendar does meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.isolation.logins import connect, rows, stand
from tests.retention.ages import (
    CONFIGURATION_TABLES,
    CONFIGURATIONS,
    DEPLOYMENT_TABLES,
    DEPLOYMENTS,
    SERVICE_TABLES,
    SERVICES,
    ZONES,
    aged,
    delete,
    name_rows,
    purge,
)
from tests.world import MODELS


@pytest.mark.parametrize("model", MODELS)
def test_a_retired_service_goes_after_its_window_with_its_policy(
    committed: None, model: str
) -> None:
    found = aged(model)
    cart = found.retire()
    found.age(SERVICES, "90 days -1 minute", "retired_at IS NOT NULL")
    assert found.why("retired-service", [cart]) == {cart: "window"}
    assert purge(found, [cart], *SERVICE_TABLES) == [0, 0]
    found.age(SERVICES, "90 days 1 second", "retired_at IS NOT NULL")
    assert found.why("retired-service", [cart]) == {cart: None}
    assert purge(found, [cart], *SERVICE_TABLES) == [1, 1]
    assert cart not in found.ids(SERVICES)


def test_a_live_service_is_in_use_however_old(committed: None) -> None:
    found = aged()
    found.age(SERVICES, "9000 days")
    everything = list(found.ids(SERVICES))
    assert set(found.why("retired-service").values()) == {"state"}
    assert purge(found, everything, *SERVICE_TABLES) == [0, 0]


@pytest.mark.parametrize(
    ("late", "gone"),
    [(timedelta(0), 0), (timedelta(microseconds=-1), 0), (timedelta(microseconds=1), 1)],
)
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 5, 1, tzinfo=UTC),  # over the leap day
        datetime(2024, 2, 29, 12, tzinfo=UTC),
        datetime(2025, 3, 30, 1, 30, tzinfo=UTC),  # where clocks of people jump
    ],
)
def test_due_is_strictly_after_the_window_to_the_microsecond(
    committed: None, late: timedelta, gone: int, moment: datetime
) -> None:
    """The decision's time is brought to a moment that has been: only the past can be named."""
    found = aged()
    cart = found.retire()
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute(
            f"UPDATE {found.table(SERVICES)} SET retired_at = %s WHERE id = %s".encode(),
            [moment - timedelta(days=90) - late, cart],
        )
    for zone in ZONES:
        with connect("steward") as steward:
            steward.execute(f"SET LOCAL timezone = '{zone}'".encode())
            steward.execute(f"SET LOCAL app.as_of = '{moment.isoformat()}'".encode())
            stand(steward, found.slug)
            name_rows(steward, [cart])
            assert delete(steward, found, [cart], *SERVICE_TABLES) == [gone, gone]
            steward.rollback()


def test_a_year_is_never_less_than_a_year(committed: None) -> None:
    with connect("owner") as owner:
        floors = dict(rows(owner, "SELECT c, app.retention_floor(c) "
                                  "FROM unnest(app.retention_classes()) c"))  # fmt: skip
    assert floors == {
        "retired-service": 90, "deployment-history": 366, "configuration-version": 366,
        "health-result": 30, "drift-finding": 366, "step-log": 90,
        "ended": 366,
    }  # fmt: skip


def test_the_current_deployment_and_the_one_before_stay_while_the_binding_lives(
    committed: None,
) -> None:
    found = aged()
    found.release_anew(4)
    found.age_all("800 days")
    assert found.why("deployment-history", found.deployments) == dict(
        zip(found.deployments, [None, None, "state", "state"], strict=True)
    )
    _, steps, gone = purge(found, found.deployments, *DEPLOYMENT_TABLES)
    assert (steps, gone) == (2, 2)
    assert set(found.deployments[2:]) <= found.ids(DEPLOYMENTS)


def test_a_deployment_counts_from_when_a_newer_one_replaced_it(committed: None) -> None:
    found = aged()
    first, second, third, fourth = found.release_anew(4)
    found.age(DEPLOYMENTS, "800 days", f"id IN ('{first}', '{second}')")
    found.age(DEPLOYMENTS, "100 days", f"id IN ('{third}', '{fourth}')")
    kept = found.why("deployment-history", found.deployments)
    assert kept == {first: None, second: "window", third: "state", fourth: "state"}
    assert purge(found, [second], *DEPLOYMENT_TABLES) == [0, 0, 0]
    assert purge(found, [first], *DEPLOYMENT_TABLES)[-1] == 1


def test_what_an_existing_service_names_stays_and_goes_after_it(committed: None) -> None:
    found = aged()
    with connect("owner") as owner:
        named = rows(
            owner, f"SELECT DISTINCT deployment_id FROM {found.table(SERVICES)} "
            f"WHERE tenant_id = '{found.slug}'",
        )[0][0]  # fmt: skip
    found.release_anew(3)
    found.retire("cart")
    found.retire("web")
    found.age_all("800 days")
    (mine,) = [named]
    with_services = found.ids(SERVICES)
    kept = found.why("deployment-history")
    assert kept[mine] == "state"
    with connect("steward") as steward:
        stand(steward, found.slug)
        told = rows(
            steward,
            "SELECT id, kept_by FROM app.why(%s, 'deployment-history', p_foretell => true)",
            [found.schema],
        )
    assert dict(told)[mine] is None
    assert purge(found, list(with_services), *SERVICE_TABLES) == [2, 2]
    assert found.why("deployment-history")[mine] is None


def test_a_configuration_stays_while_a_deployment_names_it_and_while_it_is_published(
    committed: None,
) -> None:
    found = aged()
    found.release_anew(4)
    found.age_all("800 days")
    kept = found.why("configuration-version", found.configurations)
    assert set(kept.values()) == {"state"}
    purge(found, found.deployments[:2], *DEPLOYMENT_TABLES)
    kept = found.why("configuration-version", found.configurations)
    first, second, third, fourth = (kept[c] for c in found.configurations)
    assert (first, second, third, fourth) == (None, None, "state", "state")
    assert purge(found, found.configurations[:2], *CONFIGURATION_TABLES) == [2]
    assert set(found.configurations[2:]) <= found.ids(CONFIGURATIONS)


def test_after_the_release_each_things_own_window_runs(committed: None) -> None:
    from tests.isolation.changes import release

    found = aged()
    found.release_anew(2)
    release(found.tenant.bindings[found.model])
    assert set(found.why("deployment-history").values()) <= {"window", "state"}
    found.age_all("800 days")
    assert purge(found, list(found.ids(SERVICES)), *SERVICE_TABLES) == [2, 2]
    assert set(found.why("deployment-history").values()) == {None}
    purge(found, list(found.ids(DEPLOYMENTS)), *DEPLOYMENT_TABLES)
    purge(found, list(found.ids(CONFIGURATIONS)), *CONFIGURATION_TABLES)
    for table in (SERVICES, DEPLOYMENTS, CONFIGURATIONS):
        assert found.count(table) == 0
