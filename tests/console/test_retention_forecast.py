"""What becomes due at a tenant: the numbers are those of the dry run of that day."""

import re

import pytest

from apps.core import door
from apps.core.access import Role
from apps.people.models import Membership, Person
from apps.retention.forecast import DAYS
from apps.retention.operations import place_hold
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_platform
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import inside, on_platform
from tests.core.shell import manage
from tests.retention.ages import DEPLOYMENTS, FINDINGS, HEALTH, SERVICES, aged
from tests.world import OPERATOR, World, make_result

PAGE = "/t/acme/retention/forecast/"


def test_it_says_what_the_dry_run_of_that_day_says(committed: None) -> None:
    found = aged("pool")
    found.release_anew(2)
    found.retire("cart")
    found.resolve()
    for table, age in ((SERVICES, 60), (HEALTH, 25), (FINDINGS, 300), (DEPLOYMENTS, 350)):
        found.age(table, f"{age} days")
    with door.using("owner"), enter_platform(actor=OPERATOR):
        auditor = Person.objects.create(email=f"f@{found.slug}.test", name="F", password="-")
        Membership.objects.create(person=auditor, tenant_id=found.slug, role=Role.TENANT_AUDITOR)
    page = browser_of(auditor).get(f"/t/{found.slug}/retention/forecast/")
    totals = []
    for place, days in enumerate(DAYS):
        shown = {row.data_class: row.dues[place] for row in page.context["forecast"]}
        assert {due.days for due in shown.values()} == {days}
        at = next(iter(shown.values())).at.isoformat()
        told = manage(
            "run_retention", "--tenant", found.slug, "--dry-run", "--as-of", at,
            "--format", "json",
        )  # fmt: skip
        expected = {e["dataClass"]: e["due"] for e in told.json["entries"]}
        assert {name: due.rows for name, due in shown.items()} == {
            name: expected[name] for name in shown
        }
        assert not any(due.more for due in shown.values())
        totals.append(sum(due.rows for due in shown.values()))
    assert len(set(totals)) > 1  # so that the comparison compares something


def test_the_panel_comes_alone_for_htmx(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    alone = browser.get(PAGE, HTTP_HX_TARGET="forecast").content.decode()
    assert "<html" not in alone
    assert 'role="img"' in alone
    assert "<html" in browser.get(PAGE).content.decode()
    assert f'hx-get="{PAGE}"' in browser.get("/t/acme/retention/").content.decode()


def _cells(page: object, row: str) -> list[str]:
    """What stands in that row of the table, a day a cell."""
    text = " ".join(page.content.decode().split())  # type: ignore[attr-defined]
    cells = re.search(rf'<th scope="row">{row}</th>(.*?)</tr>', text)
    assert cells
    return [c.strip() for c in re.findall(r'<td data-label="In[^>]*>([^<]*)</td>', cells[1])]


def test_or_more_stands_exactly_where_more_is_past_its_window_than_was_looked_at(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acme has a health result in each of three partitions, and nothing else that grows old."""
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    limits = (
        # One row is looked at of each, and there are no more.
        (1, ["0", "0", "3", "3"]),
        # None is, and after 90 days there is one of which nobody knows.
        (0, ["0", "0", "0 or more", "0 or more"]),
        # Two more came into one of them.
        (1, ["0", "0", "3 or more", "3 or more"]),
        (3, ["0", "0", "5", "5"]),
    )
    for number, (limit, expected) in enumerate(limits):
        if number == 2:
            with inside(world.acme, "pool"):
                cart = RuntimeService.objects.get(id=world.acme.services["pool"]["cart"])
                make_result(cart)
                make_result(cart)
        monkeypatch.setattr("apps.retention.forecast.COUNTED", limit)
        page = browser.get(PAGE)
        assert _cells(page, "health-result") == expected
        assert _cells(page, "drift-finding") == ["0"] * 4
        uncertain = "or more" in "".join(expected)
        assert ("so many or more become due" in page.content.decode()) is uncertain


def test_or_more_stands_where_what_is_held_is_in_the_way(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(
            tenant_id="acme", data_classes=["health-result"], matter="m", reason="r",
            environment_id=world.acme.environments["pool"],
        )  # fmt: skip
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    assert _cells(browser.get(PAGE), "health-result") == ["0", "0", "2", "2"]
    monkeypatch.setattr("apps.retention.forecast.COUNTED", 0)
    assert _cells(browser.get(PAGE), "health-result") == ["0", "0", "0 or more", "0 or more"]
