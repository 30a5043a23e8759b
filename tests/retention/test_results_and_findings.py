"""Health results go by whole UTC days, findings after they were resolved, copies with both."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from apps.core.access import Role
from apps.retention.operations import place_hold, set_retention
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.isolation.logins import connect, rows, stand
from tests.retention.ages import (
    COVERAGE,
    FINDING_TABLES,
    FINDINGS,
    HEALTH,
    HEALTH_TABLES,
    SERVICES,
    TERMS,
    ZONES,
    Aged,
    aged,
    delete,
    name_rows,
    purge,
)
from tests.world import MODELS, World

MICROSECOND = timedelta(microseconds=1)
DUE = datetime(2025, 2, 1, tzinfo=UTC)  # 30 days after the first of January has passed


def _terms(found: Aged, kind: str) -> set[object]:
    with connect("owner") as owner:
        statement = (
            f"SELECT DISTINCT object_id FROM {found.table(TERMS)} "
            "WHERE tenant_id = %s AND object_type = %s"
        )
        return {i for (i,) in rows(owner, statement, [found.slug, kind])}


def _name(found: Aged, thing: UUID, kind: str) -> None:
    """A word by which it is found."""
    with connect("owner") as owner:
        owner.execute(
            f"INSERT INTO {found.table(TERMS)} (id, tenant_id, environment_id, object_type, "
            "object_id, term) VALUES (gen_random_uuid(), %s, %s, %s, %s, 'word')".encode(),
            [found.slug, found.environment, kind, thing],
        )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "checked_at", [datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC) - MICROSECOND]
)
def test_a_result_goes_when_its_utc_day_has_wholly_passed_the_window(
    committed: None, model: str, checked_at: datetime
) -> None:
    """Wherever in the day it stands, and wherever the steward sits."""
    found = aged(model)
    (result,) = found.ids(HEALTH)
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.moves_clocks = 'on'")
        owner.execute(
            f"UPDATE {found.table(HEALTH)} SET checked_at = %s WHERE tenant_id = %s".encode(),
            [checked_at, found.slug],
        )
    moments = ((DUE - MICROSECOND, 0), (DUE, 0), (DUE + MICROSECOND, 1))
    for zone, (moment, gone) in product(ZONES, moments):
        with connect("steward") as steward:
            steward.execute(f"SET LOCAL timezone = '{zone}'".encode())
            steward.execute(f"SET LOCAL app.as_of = '{moment.isoformat()}'".encode())
            stand(steward, found.slug)
            name_rows(steward, [result])
            told = rows(
                steward,
                "SELECT kept_by FROM app.why(%s, 'health-result', p_past => true)",
                [found.schema],
            )
            assert told == [(None,)] * gone
            assert delete(steward, found, [result], *HEALTH_TABLES) == [gone]
            steward.rollback()


def test_the_result_of_yesterday_never_goes_by_the_name_of_its_day(committed: None) -> None:
    """A part addressed by its own name shows the steward nothing, however due."""
    found = aged()
    found.age(HEALTH, "900 days")
    ids = list(found.ids(HEALTH))
    with connect("steward") as steward:
        stand(steward, found.slug)
        name_rows(steward, ids)
        part = f'"{found.schema}"."{HEALTH}_rest"'
        assert rows(steward, "SELECT has_table_privilege(%s, 'DELETE')", [part]) == [(False,)]
    assert found.ids(HEALTH) == set(ids)
    assert purge(found, ids, *HEALTH_TABLES) == [len(ids)]


@pytest.mark.parametrize("model", MODELS)
def test_a_resolved_finding_goes_after_its_window_with_its_terms(
    committed: None, model: str
) -> None:
    found = aged(model)
    finding = found.resolve()
    assert finding in _terms(found, "finding")
    found.age(FINDINGS, "366 days -1 minute")
    assert found.why("drift-finding", [finding]) == {finding: "window"}
    assert purge(found, [finding], *FINDING_TABLES) == [0, 0]
    found.age(FINDINGS, "366 days 1 second")
    assert found.why("drift-finding", [finding]) == {finding: None}
    terms, gone = purge(found, [finding], *FINDING_TABLES)
    assert (terms > 0, gone) == (True, 1)
    assert finding not in _terms(found, "finding")


def test_a_term_goes_with_the_source_that_its_kind_says_and_no_other(committed: None) -> None:
    """Said to be of another kind, a copy of something due is no copy of it."""
    found = aged()
    finding = found.resolve()
    found.age(FINDINGS, "900 days")
    others = ("deployment", "configuration", "service")
    for kind in others:
        _name(found, finding, kind)
    (gone,) = purge(found, [finding], (TERMS, "object_id"))
    assert gone > 0
    assert finding not in _terms(found, "finding")
    assert all(finding in _terms(found, kind) for kind in others)


def test_an_open_finding_stays_without_end(committed: None) -> None:
    found = aged()
    ids = list(found.ids(FINDINGS))
    found.age(FINDINGS, "9000 days")
    assert set(found.why("drift-finding").values()) == {"state"}
    assert purge(found, ids, *FINDING_TABLES) == [0, 0]


def test_terms_and_coverage_go_with_their_source_in_a_run(committed: None) -> None:
    found = aged()
    found.release_anew(4)
    cart = found.retire("cart")
    finding = found.resolve()
    assert finding in _terms(found, "finding")
    found.age_all("800 days")
    assert cart in _terms(found, "service")
    assert found.count(COVERAGE) == 2
    assert manage("run_retention", "--tenant", found.slug).code == 0
    assert found.ids(HEALTH) == found.ids(FINDINGS) == set()
    assert {cart, finding} & (_terms(found, "service") | _terms(found, "finding")) == set()
    assert _terms(found, "service") == found.ids(SERVICES)
    assert _terms(found, "deployment") == found.ids("deployments_runtimedeployment")
    assert _terms(found, "configuration") <= found.ids("configurations_runtimeconfiguration")
    assert found.count(COVERAGE) == 1


@pytest.mark.parametrize("data_class", ["health-result", "drift-finding"])
def test_a_hold_or_a_longer_window_keeps_the_service_that_it_is_about(
    world: World, committed: None, data_class: str
) -> None:
    held, longer = aged(), aged()
    for found in (held, longer):
        found.retire("cart")
        found.resolve()
        found.age_all("800 days")
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(tenant_id=held.slug, data_classes=[data_class], matter="m", reason="r")
        set_retention(data_class=data_class, days=900, reason="r", tenant_id=longer.slug)
    for found in (held, longer):
        assert manage("run_retention", "--tenant", found.slug).code == 0
        assert found.count(SERVICES) == 2
        assert found.ids(HEALTH if data_class == "health-result" else FINDINGS)
