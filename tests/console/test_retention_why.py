"""Why is this here: any row by its id, whether it goes, when, by which rule, and what keeps it."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from apps.core import door
from apps.core.access import Role
from apps.core.ids import uuid7
from apps.core.walls.classes import governed
from apps.health_results.models import HealthCheckResult
from apps.people.models import Membership, Person
from apps.retention import why as whys
from apps.retention.operations import place_hold, set_retention
from apps.retention.why import KINDS
from apps.scaling_policies.models import ScalingPolicy
from apps.services.operations import change_service, retire_service
from apps.tenant_bindings.context import enter_platform
from tests.console.bodies import facts, links, without_ids, words
from tests.console.places import things_of
from tests.console.signed_in import SignIn, browser_of
from tests.console.test_query_counts import ENTER, fill, queries
from tests.core.doors import inside, on_platform, run
from tests.retention.ages import SERVICES, aged
from tests.world import OPERATOR, TestTenant, World

PAGE = "/t/acme/retention/why/"
OFFICER = Role.GOVERNANCE_OFFICER


def _ids(tenant: TestTenant, model: str = "silo") -> dict[str, UUID]:
    """{kind: id} of one of each in one environment."""
    things = things_of(tenant, model)
    with inside(tenant, model, writing=False):
        here = {"environment_id": tenant.environments[model]}
        result = HealthCheckResult.objects.filter(**here).earliest("id").id
        policy = ScalingPolicy.objects.get(service_id=things.service).id
    return {
        "service": things.service, "deployment": things.deployment,
        "configuration": things.configuration, "drift finding": things.finding,
        "health result": result, "step": things.step, "scaling policy": policy,
    }  # fmt: skip


def _of(row: object) -> str:
    return f"{PAGE}?id={row}"


def _day(days: int) -> str:
    return f"{timezone.now() + timedelta(days=days):%Y-%m-%d}"


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_a_row_of_every_kind_is_found_by_its_id_wherever_it_lies(
    world: World, sign_in: SignIn, model: str
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    found = _ids(world.acme, model)
    assert set(found) == set(KINDS)
    assert {k.data_class for k in KINDS.values()} == set(governed())
    for kind, row in found.items():
        page = browser.get(_of(row))
        assert page.status_code == 200, kind
        told = facts(page)
        assert kind.capitalize() in told
        assert {"Rule", "Window", "When", "Id"} <= set(told)
        leads_to = [link for link in links(page) if f"/{world.acme.environments[model]}/" in link]
        for link in leads_to:
            assert browser.get(link).status_code == 200, (kind, link)
        assert len(leads_to) > 1, kind  # its page and its environment's


def test_what_is_in_use_says_of_what_and_by_which_row(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    ids = _ids(world.acme)
    said = {kind: words(browser.get(_of(row))) for kind, row in ids.items()}
    assert "It stays while it is in use" in said["service"]
    assert "it is live: Pending" in said["service"]
    assert "it is what runs there: the newest Completed one" in said["deployment"]
    assert "it is the Published version there" in said["configuration"]
    assert "it is Open, and such findings are kept without end" in said["drift finding"]
    assert _of(ids["service"]) in links(browser.get(_of(ids["deployment"])))
    assert _of(ids["deployment"]) in links(browser.get(_of(ids["configuration"])))
    # What goes with another is decided by that one.
    assert _of(ids["deployment"]) in links(browser.get(_of(ids["step"])))
    assert _of(ids["service"]) in links(browser.get(_of(ids["scaling policy"])))


def test_a_health_result_goes_when_its_day_has_passed_its_window(
    world: World, sign_in: SignIn
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    row = _ids(world.acme)["health result"]
    with inside(world.acme, "silo", writing=False):
        checked: datetime = HealthCheckResult.objects.get(id=row).checked_at
    goes = f"{checked + timedelta(days=31):%Y-%m-%d} 00:00 UTC"
    assert facts(browser.get(_of(row)))["When"].startswith(f"not before {goes}")


def test_a_window_is_named_with_the_version_that_applies(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    service = things_of(world.acme).service
    with inside(world.acme, "silo"):
        retire_service(service)
    told = browser.get(_of(service))
    assert f"It goes after {_day(90)}" in words(told)
    assert facts(told)["Rule"].startswith("retired-service: 90 days since it is retired version 1")
    assert "platform's window" in facts(told)["Rule"]
    with on_platform(world, OFFICER):
        set_retention(tenant_id="acme", data_class="retired-service", days=120, reason="contract")
    told = browser.get(_of(service))
    assert f"It goes after {_day(120)}" in words(told)
    assert "version 1 of the tenant's own window" in facts(told)["Rule"]
    with on_platform(world, OFFICER):
        set_retention(tenant_id="acme", data_class="health-result", days=200, reason="contract")
    told = browser.get(_of(service))
    assert f"It goes after {_day(200)}" in words(told)
    assert "tenant's own window for health-result" in facts(told)["Rule"]


@pytest.mark.usefixtures("rolled_back")
def test_the_version_that_is_named_is_as_long_as_the_window_of_every_class(world: World) -> None:
    """The decision's own number, whatever has been set for whom."""
    asked = (
        "SELECT c, app.retention_window(c), (SELECT days FROM app.applied_policy(c)) "
        "FROM unnest(app.retention_classes()) c"
    )
    changes = (("acme", "health-result", 100), ("acme", "step-log", 500), ("", "ended", 400),
               ("", "retired-service", 95), ("globex", "drift-finding", 900))  # fmt: skip
    with inside(world.acme, "silo", writing=False):
        before = run(asked)
    with on_platform(world, OFFICER):
        for whose, data_class, days in changes:
            set_retention(tenant_id=whose or None, data_class=data_class, days=days, reason="r")
    with inside(world.acme, "silo", writing=False):
        after = run(asked)
    for name, window, applied in [*before, *after]:
        assert window == applied, name
    assert {name: window for name, window, _ in after}["retired-service"] == 100
    assert before != after


def test_what_is_held_names_the_hold_and_leads_to_it_who_may_read_it(
    world: World, sign_in: SignIn
) -> None:
    service = things_of(world.acme).service
    with on_platform(world, OFFICER):
        hold = place_hold(
            tenant_id="acme", data_classes=["health-result"], matter="Doe v. Acme", reason="court"
        )
    with inside(world.acme, "silo"):
        retire_service(service)
    there = f"/t/acme/retention/#hold-{hold.number}"
    for role, led in ((Role.TENANT_VIEWER, False), (Role.TENANT_ADMIN, True)):
        page = sign_in(world.acme.people[role]).get(_of(service))
        assert "It stays: it is held" in words(page)
        assert f"hold {hold.number}" in facts(page)["Held by"]
        assert facts(page)["When"] == "not while it is held"
        assert (there in links(page)) is led
        assert "Doe" not in words(page)
    line = facts(sign_in(world.acme.people[Role.TENANT_VIEWER]).get(
        things_of(world.acme).path("services:service_detail")
    ))["Kept"]  # fmt: skip
    assert line == f"until {_day(90)} (90 days); held by hold {hold.number}"


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_anothers_id_is_answered_as_one_that_does_not_exist(
    world: World, sign_in: SignIn, model: str
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    theirs = {**_ids(world.globex, model), "gone": world.globex.disposed["row"]}
    for kind, row in theirs.items():
        made_up = uuid7()
        other, none = browser.get(_of(row)), browser.get(_of(made_up))
        assert other.status_code == none.status_code == 404, kind
        assert without_ids(other).replace(str(row), "ID") == without_ids(none).replace(
            str(made_up), "ID"
        ), kind


def test_what_has_gone_says_when_and_by_which_certificate(world: World, sign_in: SignIn) -> None:
    gone = world.acme.disposed
    certificate = f"/t/acme/retention/certificates/{gone['certificate']}/"
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(_of(gone["row"]))
    assert page.status_code == 200
    assert "It has gone" in words(page)
    assert "purged on " in facts(page)["retired-service"]
    assert {certificate, f"{certificate}?row={gone['row']}"} <= set(links(page))
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(_of(gone["row"]))
    assert "purged on " in facts(page)["retired-service"]
    assert certificate not in page.content.decode()


@pytest.mark.parametrize("text", ["cart", "' OR 1=1 --", "\x00", "é" * 5000, "0" * 31])
def test_what_is_no_id_is_refused_by_name(world: World, sign_in: SignIn, text: str) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PAGE, {"id": text})
    assert page.status_code == 422
    assert "is no id" in words(page)


def test_without_an_id_it_asks_for_one(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(PAGE)
    assert page.status_code == 200
    assert 'name="id"' in page.content.decode()


def test_what_a_service_names_goes_when_that_has_gone_too(world: World, sign_in: SignIn) -> None:
    """A deployment that newer ones replaced, kept by the retired service that names it alone."""
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    web = world.acme.services["silo"]["web"]
    with inside(world.acme, "silo"):
        for version in ("2", "3"):
            change_service(web, version=version)
        retire_service(things.service)
    page = browser.get(_of(things.deployment))
    assert "It stays while it is in use" in words(page)
    assert "named by what stands below" in facts(page)["In use"]
    assert _of(things.service) in links(page)
    assert facts(page)["When"].startswith(f"not before {_day(366)}")


def test_the_newest_that_name_it_are_shown_and_that_there_are_more(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whys, "SHOWN", 1)
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(_of(things_of(world.acme).deployment))
    assert len(page.context["why"].named_by) == 1
    assert "and more: these are the newest" in words(page)
    assert "nobody can tell yet" in facts(page)["When"]


def test_every_page_of_a_thing_leads_there_from_its_line(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    for name, row in (
        ("services:service_detail", things.service),
        ("deployments:deployment_detail", things.deployment),
        ("configurations:configuration_detail", things.configuration),
        ("drift_findings:finding_detail", things.finding),
        ("scaling_policies:policy_edit", things.service),
        ("deployments:step_log", things.step),
    ):
        assert _of(row) in links(browser.get(things.path(name))), name


@pytest.mark.parametrize("filled", [False, True])
def test_it_costs_the_same_with_few_rows_and_with_twenty(
    world: World, sign_in: SignIn, filled: bool
) -> None:
    ids = _ids(world.acme)
    if filled:
        fill(world, ("silo",))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    # It turns to two more partitions and back and looks in each; the binding's name at last.
    looks = ENTER + 3 + 3 + 1
    asked = {kind: queries(browser, _of(row)) - looks for kind, row in ids.items()}
    # The decision; the rule; the order of Completed ones; what names it, and what keeps that;
    # of a part the row it goes with first; of a step its log.
    assert asked == {
        "service": 2, "deployment": 5, "configuration": 4, "drift finding": 2, "health result": 2,
        "step": 7, "scaling policy": 3,
    }  # fmt: skip


def test_what_is_due_says_so_with_its_line(committed: None) -> None:
    found = aged("pool")
    service = found.retire("cart")
    found.age(SERVICES, "91 days", f"id = '{service}'")
    with door.using("owner"), enter_platform(actor=OPERATOR):
        person = Person.objects.create(email=f"v@{found.slug}.test", name="V", password="-")
        Membership.objects.create(person=person, tenant_id=found.slug, role=Role.TENANT_VIEWER)
    browser = browser_of(person)
    page = browser.get(f"/t/{found.slug}/retention/why/?id={service}")
    assert "It goes with the next run" in words(page)
    assert facts(page)["When"].startswith("with the next run")
    here = f"/t/{found.slug}/environments/{found.environment}/services/{service}/"
    line = facts(browser.get(here))["Kept"]
    assert line == f"its window passed on {_day(-1)}: it goes with the next run"
