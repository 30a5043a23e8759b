"""What becomes due at a tenant: the numbers are those of the dry run of that day."""

from apps.core import door
from apps.core.access import Role
from apps.people.models import Membership, Person
from apps.retention.forecast import DAYS
from apps.tenant_bindings.context import enter_platform
from tests.console.signed_in import SignIn, browser_of
from tests.core.shell import manage
from tests.retention.ages import DEPLOYMENTS, FINDINGS, HEALTH, SERVICES, aged
from tests.world import OPERATOR, World

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


def test_what_is_more_than_is_counted_is_shown_as_more(
    world: World, sign_in: SignIn, monkeypatch: object
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    monkeypatch.setattr("apps.retention.forecast.COUNTED", 0)  # type: ignore[attr-defined]
    page = browser.get(PAGE)
    assert any(due.more for row in page.context["forecast"] for due in row.dues)
    assert ">0+<" in page.content.decode()
