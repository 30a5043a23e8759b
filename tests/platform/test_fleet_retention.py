"""Retention of the fleet, as officers see it: counts of the worker, holds and runs."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from apps.core import door
from apps.core.access import Actor, Role
from apps.core.walls.classes import governed
from apps.retention import fleet
from apps.retention.models import RetentionRollup
from apps.retention.operations import place_hold
from apps.retention.rollup import count_tenant
from tests.console.bodies import links, words
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World

PAGE = "/platform/retention/"
OFFICER = Role.GOVERNANCE_OFFICER
WORKER = Actor("worker", label="tests")


def _count(*tenants: str) -> None:
    with door.using("steward"):
        for tenant in tenants:
            count_tenant(tenant, actor=WORKER)
    connections["steward"].close()


@pytest.fixture
def counted(rolled_back: None) -> Iterator[None]:
    """Both tenants as they stand, whatever a test makes of their counts."""
    _count("acme", "globex")
    yield
    _count("acme", "globex")


def _rows(world: World) -> list[RetentionRollup]:
    with on_platform(world, OFFICER):
        return list(RetentionRollup.objects.all())


def _cells(page: Any, row: str) -> dict[str, str]:
    """{label: what stands there} of every row that begins with that name."""
    text = " ".join(page.content.decode().split())
    found = re.findall(rf'<th scope="row">(?: <a[^>]*>)?{row}(?:</a> )?</th>(.*?)</tr>', text)
    return {
        label: value.strip()
        for cells in found
        for label, value in re.findall(r'<td data-label="([^"]*)"[^>]*>([^<]*)</td>', cells)
    }


def test_each_class_is_the_sum_of_every_tenants_counts(
    world: World, sign_in: SignIn, counted: None
) -> None:
    page = sign_in(world.platform[OFFICER]).get(PAGE)
    rows = _rows(world)
    for name in governed():
        of = [row for row in rows if row.data_class == name]
        cells = _cells(page, name)
        assert cells["There"].replace(",", "") == str(sum(row.there for row in of))
        assert cells["Held"].replace(",", "") == str(sum(row.held for row in of))
        for days in (7, 30, 90, 365):
            expected = sum(getattr(row, f"due_{days}") for row in of)
            assert cells[f"In {days} days"].replace(",", "") == str(expected)
    assert sum(row.due_90 for row in rows) > 0
    text = words(page)
    assert f"{len({row.tenant_id for row in rows})} tenants, counted by the worker" in text
    picture = 'class="forecast-bars" viewBox="0 0 92 33" role="img" aria-label="'
    for name in governed():
        assert f"{picture}{name}: " in page.content.decode()


def test_the_tenants_with_most_due_stand_first_and_lead_to_their_pages(
    world: World, sign_in: SignIn, counted: None
) -> None:
    page = sign_in(world.platform[OFFICER]).get(PAGE)
    shown = page.context["most_due"]
    assert [row["due_30"] for row in shown] == sorted((r["due_30"] for r in shown), reverse=True)
    assert 2 <= len(shown) <= fleet.SHOWN
    for row in shown:
        assert f"/platform/tenants/{row['tenant_id']}/" in links(page)


def test_or_more_stands_exactly_where_a_tenants_number_is_not_sure(
    world: World, sign_in: SignIn, counted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(world.platform[OFFICER])
    assert "or more" not in words(browser.get(PAGE))
    with monkeypatch.context() as patch:
        patch.setattr("apps.retention.forecast.COUNTED", 0)
        _count("globex")
    page = browser.get(PAGE)
    assert _cells(page, "health-result")["In 90 days"].endswith(" or more")
    assert _cells(page, "globex")["In 90 days"] == "0 or more"
    assert "or more" not in _cells(page, "health-result")["In 30 days"]
    assert "or more" not in _cells(page, "acme")["In 90 days"]
    assert "so many or more become due" in words(page)


def test_holds_and_runs_are_links(world: World, sign_in: SignIn, counted: None) -> None:
    with on_platform(world, OFFICER):
        hold = place_hold(tenant_id="acme", data_classes=["step-log"], matter="m", reason="r")
    page = sign_in(world.platform[OFFICER]).get(PAGE)
    assert f"/platform/holds/{hold.id}/" in links(page)
    assert "not counted since it was placed" in words(page)
    (run, *_) = page.context["runs"]
    assert f"{PAGE}runs/{run.id}/" in links(page)
    assert not any(run.dry_run for run in page.context["runs"])


def test_where_nothing_is_counted_yet_it_says_who_counts(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = fleet.Fleet(None, 0, [], [])
    monkeypatch.setattr("apps.retention.views_platform.fleet", lambda: nothing)
    page = sign_in(world.platform[OFFICER]).get(PAGE)
    assert "Nothing is counted yet" in words(page)
    assert "/platform/jobs/" in links(page)


def test_it_tells_no_tenants_rows_and_no_officer_reads_one(
    world: World, sign_in: SignIn, counted: None
) -> None:
    page = sign_in(world.platform[OFFICER]).get(PAGE).content.decode()
    for tenant in (world.acme, world.globex):
        for row in tenant.services["silo"].values():
            assert str(row) not in page
    for role in (Role.PLATFORM_VIEWER, Role.PLATFORM_ADMIN):
        assert sign_in(world.platform[role]).get(PAGE).status_code == 403
        with on_platform(world, role):
            assert not RetentionRollup.objects.exists()
