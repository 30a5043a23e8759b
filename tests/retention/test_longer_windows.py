"""A window grows, at once and for what exists; below the floor the database refuses it."""

import pytest

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.core.walls.classes import CLASSES
from apps.retention.operations import set_retention, window
from apps.tenant_bindings.context import enter_platform
from tests.core.doors import on_platform, rolled_back_as, run, sqlstate
from tests.isolation.logins import connect
from tests.retention.ages import DEPLOYMENT_TABLES, SERVICE_TABLES, SERVICES, aged, purge
from tests.world import OPERATOR, World

OFFICER = Role.GOVERNANCE_OFFICER


def test_a_longer_window_of_one_tenant_is_in_force_at_once(world: World, committed: None) -> None:
    mine, theirs = aged(), aged()
    carts = [found.retire("cart") for found in (mine, theirs)]
    for found in (mine, theirs):
        found.age(SERVICES, "100 days", "retired_at IS NOT NULL")
    with on_platform(world, OFFICER):
        set_retention(
            tenant_id=mine.slug, data_class="retired-service", days=120, reason="contract"
        )
        assert window("retired-service", mine.slug) == 120
        assert window("retired-service", theirs.slug) == 90
    assert purge(mine, [carts[0]], *SERVICE_TABLES) == [0, 0]
    assert purge(theirs, [carts[1]], *SERVICE_TABLES) == [1, 1]


def test_a_longer_window_keeps_what_it_takes_to_read_what_it_keeps(
    world: World, committed: None
) -> None:
    """The floor of a log is less than its deployment's: only beyond its own floor does it keep."""
    found = aged()
    found.release_anew(4)
    found.age_all("400 days")
    assert list(found.why("deployment-history", found.deployments[:1]).values()) == [None]
    with on_platform(world, OFFICER):
        set_retention(tenant_id=found.slug, data_class="step-log", days=500, reason="contract")
    assert list(found.why("deployment-history", found.deployments[:1]).values()) == ["window"]
    assert purge(found, found.deployments[:1], *DEPLOYMENT_TABLES) == [0, 0, 0]


def test_a_window_for_all_is_everybodys(world: World, rolled_back: None) -> None:
    with on_platform(world, OFFICER) as entered:
        made = set_retention(data_class="health-result", days=60, reason="all of them")
        assert (made.tenant_id, made.version) == ("platform", 2)
        assert window("health-result", "globex") == 60
        assert [(e.action, e.tenant_id) for e in entered.entries] == [
            ("retention_policy.lengthened", "platform")
        ]
        with pytest.raises(Refused):
            set_retention(data_class="health-result", days=60, reason="again", tenant_id="acme")


@pytest.mark.parametrize(
    ("data_class", "days", "reason", "field"),
    [
        ("retired-service", 89, "r", "days"),
        ("retired-service", -1, "r", "days"),
        ("retired-service", 10**9, "r", "days"),
        ("retired-service", True, "r", "days"),
        ("servises", 100, "r", "dataClass"),
        ("retired-service", 100, " ", "reason"),
    ],
)
def test_what_is_wrong_is_named(
    world: World, rolled_back: None, data_class: str, days: int, reason: str, field: str
) -> None:
    with on_platform(world, OFFICER):
        with pytest.raises(Invalid) as refusal:
            set_retention(data_class=data_class, days=days, reason=reason)
        assert set(refusal.value.fields) == {field}


@pytest.mark.parametrize("data_class", CLASSES)
def test_the_database_refuses_less_than_the_floor_to_the_owner_too(
    world: World, committed: None, data_class: str
) -> None:
    insert = (
        "INSERT INTO retention_retentionpolicy (id, tenant_id, data_class, version, days, reason, "
        "set_by_label) SELECT gen_random_uuid(), 'acme', c.name, (SELECT coalesce(max(version), 0) "
        "+ 1 FROM retention_retentionpolicy p WHERE tenant_id = 'acme' AND data_class = c.name), "
        "%s, 'r', 'x' FROM (SELECT %s AS name) c"
    )
    floor = CLASSES[data_class].days
    with rolled_back_as("owner"):
        for name, days, state in (
            (data_class, floor, ""), (data_class, floor - 1, "23514"),
            (data_class, 40_000, "23514"), (f"{data_class}s", floor, "23514"),
        ):  # fmt: skip
            assert sqlstate(insert, [days, name]) == state
        change = "UPDATE retention_retentionpolicy SET days = 1"
        assert sqlstate(change) == "RP422"


def test_a_window_is_set_by_officers_and_the_shell(world: World, rolled_back: None) -> None:
    for role in (Role.PLATFORM_ADMIN, Role.PLATFORM_VIEWER):
        with on_platform(world, role), pytest.raises(Forbidden):
            set_retention(data_class="step-log", days=100, reason="r")
    with on_platform(world, OFFICER), pytest.raises(NotFound):
        set_retention(data_class="step-log", days=100, reason="r", tenant_id="nobody")
    with rolled_back_as("owner"), enter_platform(actor=OPERATOR):
        set_retention(data_class="step-log", days=100, reason="r", tenant_id="acme")


def test_without_a_policy_everything_stays(world: World, committed: None) -> None:
    """Fails closed: taken away by the owner, in a transaction that is rolled back."""
    with connect("owner") as owner:
        owner.execute("SET LOCAL app.tenant_id = 'acme'")
        assert owner.execute("SELECT app.cutoff('retired-service') IS NULL").fetchone() == (False,)
        owner.execute("DELETE FROM retention_retentionpolicy WHERE data_class = 'health-result'")
        assert owner.execute("SELECT app.cutoff('retired-service') IS NULL").fetchone() == (True,)
        owner.rollback()
    with rolled_back_as("owner"):
        run("SET LOCAL app.tenant_id = 'acme'")
        assert run("SELECT app.cutoff('servise'), app.unheld('shared', 'servise')") == [
            (None, None)
        ]
