"""Every way to delete early, by both logins that are not the owner: no row goes, no clock moves."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from apps.core import door
from apps.core.access import Role
from apps.core.walls.classes import governed
from apps.core.walls.days import part_of
from apps.core.walls.functions import DEFINERS
from apps.retention.operations import place_hold
from apps.scaling_policies.keys import service_has_policy
from tests.core.doors import on_platform
from tests.isolation.logins import connect, role, rows, stand
from tests.retention.ages import (
    CLOCKS,
    CONFIGURATIONS,
    COVERAGE,
    DEPLOYMENTS,
    FINDINGS,
    HEALTH,
    POLICIES,
    PRODUCTS,
    SERVICE_TABLES,
    SERVICES,
    STEPS,
    TERMS,
    Aged,
    aged,
    delete,
    name_rows,
    purge,
)
from tests.retention.attempts import A_DAY, BOTH, COPIES
from tests.world import MODELS, World

TABLES = (
    SERVICES, POLICIES, DEPLOYMENTS, STEPS, PRODUCTS, CONFIGURATIONS, HEALTH, FINDINGS, COVERAGE,
    TERMS,
)  # fmt: skip
_made: dict[str, Aged] = {}


@pytest.fixture
def found(committed: None, request: pytest.FixtureRequest) -> Aged:
    """A tenant a day before everything of it is due; it loses nothing, so one serves all tests."""
    model = getattr(request, "param", "shared")
    if model not in _made:
        made = aged(model)
        made.release_anew(4)
        made.retire("cart")
        made.resolve()
        for table, days in (
            (SERVICES, 89), (DEPLOYMENTS, 365), (CONFIGURATIONS, 365), (HEALTH, 30),
            (FINDINGS, 365),
        ):  # fmt: skip
            made.age(table, f"{days} days")
        _made[model] = made
    return _made[model]


def _whole(found: Aged) -> dict[str, Any]:
    """Every row, as the owner sees it."""
    with connect("owner") as owner:
        return {
            table: rows(
                owner,
                f"SELECT to_jsonb(t) FROM {found.table(table)} t WHERE tenant_id = %s ORDER BY id",
                [found.slug],
            )
            for table in TABLES
        }


def _names(found: Aged) -> dict[str, str]:
    return {
        "s": found.table(SERVICES), "p": found.table(POLICIES), "d": found.table(DEPLOYMENTS),
        "st": found.table(STEPS), "pr": found.table(PRODUCTS), "c": found.table(CONFIGURATIONS),
        "h": found.table(HEALTH), "f": found.table(FINDINGS), "cov": found.table(COVERAGE),
        "t": found.table(TERMS), "rest": found.table(f"{HEALTH}_rest"),
        "day": found.table(part_of(HEALTH, datetime.now(UTC).date())),
        "id": str(found.tenant.services[found.model]["cart"]), "did": str(found.deployments[0]),
        "cid": str(found.configurations[0]), "schema": found.schema, "tenant": found.slug,
        "other": "globex", "steward": role("steward"), "owner": role("owner"),
    }  # fmt: skip


def _named(found: Aged) -> list[UUID]:
    """One row of each that is not due, and every result and finding."""
    return [
        found.tenant.services[found.model]["cart"],
        found.deployments[0],
        found.configurations[0],
        *found.ids(HEALTH),
        *found.ids(FINDINGS),
    ]


def _try(login: str, found: Aged, statements: list[str]) -> None:
    """Each statement in a savepoint of its own, then committed: what an attacker would do."""
    with connect(login) as attacker:
        stand(attacker, found.slug)
        name_rows(attacker, _named(found))
        for statement in statements:
            try:
                with attacker.transaction():
                    attacker.execute(statement.format(**_names(found)).encode())
            except psycopg.Error:
                continue
        attacker.commit()


@pytest.mark.attacks("nothing goes early")
@pytest.mark.parametrize("found", MODELS, indirect=True)
@pytest.mark.parametrize("login", ["default", "steward"])
@pytest.mark.parametrize("way", BOTH)
def test_no_row_goes_and_no_clock_moves(login: str, way: str, found: Aged) -> None:
    before = _whole(found)
    _try(login, found, BOTH[way])
    assert _whole(found) == before


@pytest.mark.parametrize("found", MODELS, indirect=True)
def test_a_copy_stays_as_long_as_its_source(found: Aged) -> None:
    before = _whole(found)
    assert before[TERMS]
    _try("steward", found, COPIES)
    assert _whole(found) == before


@pytest.mark.attacks("nothing goes early")
@pytest.mark.parametrize("found", MODELS, indirect=True)
@pytest.mark.parametrize("login", ["default", "steward"])
def test_a_days_part_stays_with_its_rows_and_its_walls(login: str, found: Aged) -> None:
    day = _names(found)["day"]
    with connect("owner") as owner:
        owner.execute(
            f"INSERT INTO {found.table(HEALTH)} (id, tenant_id, environment_id, service_id, "
            "status, probe, latency_ms, detail, checked_at) SELECT gen_random_uuid(), tenant_id, "
            "environment_id, service_id, status, 'of today', latency_ms, detail, now() "
            f"FROM {found.table(HEALTH)} LIMIT 1".encode()
        )
    before = _part(day)
    assert before["rows"]
    _try(login, found, A_DAY)
    assert _part(day) == before


def _part(day: str) -> dict[str, Any]:
    """Its rows, its parent, its row security and its policies, as the owner sees them."""
    with connect("owner") as owner:
        return {
            "rows": rows(owner, f"SELECT id, checked_at FROM {day} ORDER BY id"),
            "walls": rows(
                owner,
                "SELECT relname, relispartition, relrowsecurity, relforcerowsecurity, "
                f"(SELECT array_agg(polname) FROM pg_policy WHERE polrelid = '{day}'::regclass) "
                f"FROM pg_class WHERE oid = '{day}'::regclass",
            ),
        }


def test_there_are_more_than_thirty_ways() -> None:
    assert len(BOTH) > 30
    assert not {"app.why", "app.going", "app.goes"} & {name.split("(")[0] for name in DEFINERS}


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_older_snapshot_decides_nothing(committed: None, isolation: str) -> None:
    """It would not show a hold: what is due stays, too."""
    due = aged()
    cart = due.retire("cart")
    due.age(SERVICES, "900 days")
    with connect("steward") as steward:
        steward.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}".encode())
        stand(steward, due.slug)
        name_rows(steward, [cart])
        assert delete(steward, due, [cart], *SERVICE_TABLES) == [0, 0]
        steward.rollback()
    assert purge(due, [cart], *SERVICE_TABLES) == [1, 1]


def test_what_is_due_but_not_named_stays(committed: None) -> None:
    due = aged()
    cart = due.retire("cart")
    due.age(SERVICES, "900 days")
    with connect("steward") as steward:
        stand(steward, due.slug)
        for table, _ in SERVICE_TABLES:
            assert steward.execute(f"DELETE FROM {due.table(table)}".encode()).rowcount == 0
    assert cart in due.ids(SERVICES)


def test_the_runtime_login_deletes_not_even_what_is_due(committed: None) -> None:
    due = aged()
    cart = due.retire("cart")
    due.age(SERVICES, "900 days")
    before = _whole(due)
    with connect() as runtime:
        stand(runtime, due.slug)
        name_rows(runtime, [cart])
        for table in set(TABLES) - {TERMS}:  # a copy is replaced when its source changes
            with pytest.raises(psycopg.errors.InsufficientPrivilege), runtime.transaction():
                runtime.execute(f"DELETE FROM {due.table(table)}".encode())
    assert _whole(due) == before


def test_one_tenants_due_rows_are_not_anothers_to_purge(committed: None) -> None:
    """In `shared`, where both stand in one table: named by the wrong tenant nothing goes."""
    due, other = aged("shared"), aged("shared")
    cart = due.retire("cart")
    due.age(SERVICES, "900 days")
    with connect("steward") as steward:
        stand(steward, other.slug)
        name_rows(steward, [cart])
        assert delete(steward, due, [cart], (SERVICES, "id")) == [0]
    # By the name of another partition neither: the decision asks where the row lies.
    assert purge(other, [cart], *SERVICE_TABLES) == [0, 0]
    assert cart in due.ids(SERVICES)


def test_a_row_of_an_environment_that_nobody_was_bound_to_stays(committed: None) -> None:
    """Fails closed on what it does not know. Taken apart by the owner, and rolled back."""
    due = aged()
    cart = due.retire("cart")
    due.age(SERVICES, "900 days")
    with connect("owner") as owner:
        stand(owner, due.slug)
        why = "SELECT kept_by FROM app.why(%s, 'retired-service', ARRAY[%s::uuid])"
        assert rows(owner, why, [due.schema, cart]) == [(None,)]
        owner.execute(
            "DELETE FROM tenant_bindings_runtimetenantbinding WHERE tenant_id = %s", [due.slug]
        )
        assert rows(owner, why, [due.schema, cart]) == [("hold",)]
        owner.rollback()


def test_a_hold_tops_what_is_due_in_every_table(world: World, committed: None) -> None:
    due = aged()
    due.release_anew(4)
    due.retire("cart")
    due.resolve()
    due.age_all("4000 days")
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(
            tenant_id=due.slug, matter="m", reason="r",
            data_classes=list(governed()),
        )  # fmt: skip
    before = _whole(due)
    _try("steward", due, [s for way in BOTH.values() for s in way])
    assert _whole(due) == before
    assert door.current_alias() == "default"


def test_every_clock_is_tried() -> None:
    assert {SERVICES, DEPLOYMENTS, STEPS, CONFIGURATIONS, HEALTH, FINDINGS} == set(CLOCKS)


KEY = "service_has_policy"
WORK = ("plain", "only", "returning", "using itself", "cte that reads", "prepared",
        "by a cursor", "an anonymous block", "as of the future", "a path of one's own")  # fmt: skip


@pytest.mark.parametrize("way", WORK)
def test_the_same_way_lets_go_what_is_due(committed: None, way: str) -> None:
    """Or the attempts above would prove nothing."""
    due = aged()
    due.release_anew(1)
    cart = due.retire("cart")
    due.age(SERVICES, "900 days", "retired_at IS NOT NULL")
    with connect("owner") as owner:
        # A key that is there is another promise than the decision.
        owner.execute(f"ALTER TABLE {due.table(SERVICES)} DROP CONSTRAINT {KEY}".encode())
        owner.execute(f"DELETE FROM {due.table(POLICIES)} WHERE service_id = %s".encode(), [cart])
    _try("steward", due, BOTH[way])
    assert cart not in due.ids(SERVICES)
    with connect("owner") as owner:
        for statement in service_has_policy(due.schema):
            owner.execute(statement.encode())
