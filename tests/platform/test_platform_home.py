"""The fleet at a glance, from the control plane and the worker's numbers."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from apps.core import door
from apps.core.access import Role
from apps.core.ids import uuid7
from apps.overview.fleet import AILS
from apps.overview.models import FleetCount
from apps.tenant_bindings.operations import suspend_binding
from apps.tenants.models import DataPartition
from tests.console.bodies import facts, links, words
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import on_platform
from tests.world import World


@pytest.fixture
def counts(world: World, committed: None) -> Any:
    """Writes numbers of tenants, which go again."""
    made: list[Any] = []

    def make(tenant: str, **numbers: Any) -> None:
        with door.using("owner"):
            made.append(
                FleetCount.objects.create(tenant_id=tenant, environment_id=uuid7(), **numbers).pk
            )

    with door.using("owner"):
        FleetCount.objects.all().delete()
    yield make
    with door.using("owner"):
        FleetCount.objects.all().delete()


def shown(world: World, tail: str = "", role: Role = Role.PLATFORM_VIEWER) -> Any:
    return browser_of(world.platform[role]).get(f"/platform/{tail}")


def test_bindings_are_counted_by_status(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    before = facts(browser.get("/platform/"))
    with on_platform(world):
        suspend_binding(world.acme.bindings["silo"])
    after = facts(browser.get("/platform/"))
    assert int(after["Active"]) == int(before["Active"]) - 1
    assert int(after["Suspended"]) == int(before.get("Suspended", 0)) + 1


def test_nothing_of_any_tenants_rows_is_there(world: World, sign_in: SignIn) -> None:
    text = words(sign_in(world.platform[Role.PLATFORM_ADMIN]).get("/platform/"))
    assert "cart" not in text
    assert "acme" in text.lower()


def test_officers_find_the_way_to_what_is_kept_and_others_see_none(
    world: World, sign_in: SignIn
) -> None:
    ways = {f"/platform/{tail}/" for tail in ("retention", "holds", "exceptions", "windows")}
    officer = sign_in(world.platform[Role.GOVERNANCE_OFFICER])
    assert ways <= set(links(officer.get("/platform/")))
    assert "/platform/retention/runs/" in links(officer.get("/platform/retention/"))
    assert ways.isdisjoint(links(sign_in(world.platform[Role.PLATFORM_VIEWER]).get("/platform/")))


def test_the_way_into_a_tenant_is_an_admins_and_asks_for_a_reason(
    world: World, sign_in: SignIn
) -> None:
    way = "/platform/tenants/acme/enter/"
    assert way in links(sign_in(world.platform[Role.PLATFORM_ADMIN]).get("/platform/"))
    assert way not in links(sign_in(world.platform[Role.PLATFORM_VIEWER]).get("/platform/"))


def test_a_tenants_environments_are_summed_and_the_worst_quota_is_shown(
    world: World, counts: Any
) -> None:
    counts("acme", services=3, running=1, degraded=1, findings=2, critical=1, quota_percent=20)
    counts("acme", services=4, stale=1, stopped=1, deploying=1, overdue=1, quota_percent=95)
    counts("globex", services=1, running=1)
    page = shown(world)
    acme = page.context["numbers_of"]["acme"]
    parts = {part.name: part.count for part in acme.parts}
    assert parts == {"Running": 1, "Degraded": 1, "Stale": 1, "Stopped": 1, "Pending": 3}
    assert sum(part.width for part in acme.parts) == pytest.approx(1000, abs=0.1)
    assert (acme.sums["findings"], acme.quota_percent, acme.is_near) == (2, 95, True)
    fleet = page.context["fleet"]
    assert (fleet.sums["services"], fleet.quota_percent) == (8, 95)
    # By its slug: others' tenants may fill the first page.
    assert shown(world, "?q=globex").context["numbers_of"]["globex"].quota_percent is None
    text = words(page)
    assert "2, 1 critical" in text and "1 overdue" in text and "95 %" in text


@pytest.mark.parametrize(
    ("only", "numbers"),
    [
        ("health", {"services": 1, "degraded": 1}),
        ("health", {"services": 1, "stale": 1}),
        ("drift", {"findings": 1}),
        ("quota", {"quota_percent": 90}),
        ("overdue", {"deploying": 1, "overdue": 1}),
    ],
)
def test_a_filter_leaves_those_of_whom_something_is_so(
    world: World, counts: Any, only: str, numbers: dict[str, int]
) -> None:
    counts("acme", **numbers)
    counts("globex", services=1, running=1, quota_percent=89)
    page = shown(world, f"?only={only}")
    assert [row.tenant_id for row in page.context["page"].rows] == ["acme"]


def test_an_unknown_filter_is_refused(world: World, sign_in: SignIn) -> None:
    assert set(AILS) == {"health", "drift", "quota", "overdue"}
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    assert browser.get("/platform/?only=everything").status_code == 422


def test_the_age_of_the_numbers_is_that_of_the_oldest(world: World, counts: Any) -> None:
    assert "not counted yet" in words(shown(world))
    counts("acme")
    counts("globex")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE overview_fleetcount DISABLE TRIGGER guard")
        cursor.execute(
            "UPDATE overview_fleetcount SET counted_at = now() - %s WHERE tenant_id = 'acme'",
            [timedelta(hours=3)],
        )
        cursor.execute("ALTER TABLE overview_fleetcount ENABLE TRIGGER guard")
    assert "counted 3 hours ago" in words(shown(world))


def test_a_partition_that_is_behind_in_migrations_is_told(world: World, committed: None) -> None:
    assert "none behind" in words(shown(world))
    with door.using("owner"):
        one = DataPartition.objects.get(schema_name="pool_acme")
        current = one.migrated_to
        try:
            DataPartition.objects.filter(pk=one.pk).update(migrated_to="of before")
            assert "1 behind in migrations" in words(shown(world))
        finally:
            DataPartition.objects.filter(pk=one.pk).update(migrated_to=current)


def test_a_slug_is_searched_by_its_beginning(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.platform[Role.PLATFORM_VIEWER])
    rows = browser.get("/platform/?q=GLO").context["page"].rows
    assert {row.tenant_id[:3] for row in rows} == {"glo"}
