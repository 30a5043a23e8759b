"""A tenant's retention: what is there, how long it is kept, and what keeps it longer."""

import pytest

from apps.core import door
from apps.core.access import Role
from apps.people.models import Membership, Person
from apps.retention.operations import place_hold, set_retention
from apps.services.operations import retire_service
from apps.tenant_bindings.context import enter_platform
from tests.console.bodies import links
from tests.console.places import things_of
from tests.console.signed_in import SignIn, browser_of
from tests.core.doors import inside, on_platform
from tests.isolation.tenants import make_environment, make_tenant
from tests.world import OPERATOR, World

PAGE = "/t/acme/retention/"


def _text(page: object) -> str:
    return " ".join(page.content.decode().split())  # type: ignore[attr-defined]


def test_each_data_class_says_what_is_there_and_why(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(PAGE)
    found = {row.data_class: row for row in page.context["classes"]}
    assert found["retired-service"].kept == {"state": 6}
    assert found["deployment-history"].days == 366
    assert "90 days" in _text(page)
    assert f"/t/acme/retention/runs/{world.acme.disposed['run']}/" in links(page)
    assert "2 by hold" in _text(page)


def test_where_no_run_has_been_the_page_says_so(committed: None) -> None:
    tenant = make_tenant("quiet", {"pool": make_environment("pool")})
    with door.using("owner"), enter_platform(actor=OPERATOR):
        auditor = Person.objects.create(email=f"a@{tenant.slug}.test", name="A", password="-")
        Membership.objects.create(person=auditor, tenant_id=tenant.slug, role=Role.TENANT_AUDITOR)
    browser = browser_of(auditor)
    assert "No run has been here yet." in _text(browser.get(f"/t/{tenant.slug}/retention/"))
    assert "No runs" in _text(browser.get(f"/t/{tenant.slug}/retention/runs/"))


def test_runs_that_had_nothing_to_do_are_told_by_their_last(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.retention.run_models.RetentionEntry.tells", False)
    text = _text(sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(PAGE))
    assert "Nothing was due: the last one was here" in text
    assert "No run has been here yet." not in text


def test_a_hold_shows_its_number_and_not_its_matter(world: World, sign_in: SignIn) -> None:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        hold = place_hold(
            tenant_id="acme", data_classes=["retired-service"], matter="Doe v. Acme", reason="court"
        )
        set_retention(tenant_id="acme", data_class="retired-service", days=120, reason="contract")
    browser = sign_in(world.acme.people[Role.TENANT_ADMIN])
    text = _text(browser.get(PAGE))
    assert f"hold {hold.number}" in text
    assert "120 days" in text
    assert "Doe" not in text
    service = _text(browser.get(things_of(world.acme).path("services:service_detail")))
    assert f"held by hold {hold.number}" in service
    theirs = sign_in(world.globex.people[Role.TENANT_ADMIN]).get("/t/globex/retention/")
    assert f"hold {hold.number}" not in _text(theirs)


def test_each_hold_says_how_many_rows_of_which_class_it_keeps(
    world: World, sign_in: SignIn
) -> None:
    pool = world.acme.environments["pool"]
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        everywhere, there = (
            place_hold(
                tenant_id="acme", data_classes=["health-result"], matter="m", reason="r",
                environment_id=environment,
            )
            for environment in (None, pool)
        )  # fmt: skip
    for role in (Role.TENANT_ADMIN, Role.TENANT_AUDITOR):
        page = sign_in(world.acme.people[role]).get(PAGE)
        found = {of.number: {name: n for name, n, _ in of.rows} for of in page.context["held"]}
        # What reads a result needs its service, which lives on in either environment.
        assert found[everywhere.number] == {"retired-service": 6, "health-result": 3}
        assert found[there.number] == {"retired-service": 2, "health-result": 1}
        assert f'id="hold-{there.number}"' in page.content.decode()
        assert f"#hold-{there.number}" in links(page)
        assert "/t/acme/retention/why/" in links(page)


def test_matter_and_reason_are_for_the_tenants_auditors_alone(
    world: World, sign_in: SignIn
) -> None:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        place_hold(
            tenant_id="acme", data_classes=["retired-service"], matter="Doe v. Acme", reason="court"
        )
    shown = {
        role: "Doe v. Acme" in _text(sign_in(world.acme.people[role]).get(PAGE))
        for role in (Role.TENANT_ADMIN, Role.TENANT_AUDITOR)
    }
    assert shown == {Role.TENANT_ADMIN: False, Role.TENANT_AUDITOR: True}
    theirs = sign_in(world.globex.people[Role.TENANT_AUDITOR]).get("/t/globex/retention/")
    assert "Doe" not in _text(theirs)


def test_every_page_of_a_thing_says_until_when_it_is_kept(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for name in (
        "services:service_detail",
        "deployments:deployment_detail",
        "configurations:configuration_detail",
    ):
        assert "because it is in use" in _text(browser.get(things.path(name)))
    with inside(world.acme, "silo"):
        retire_service(things.service)
    assert "90 days" in _text(browser.get(things.path("services:service_detail")))


def test_who_may_not_read_retention_finds_no_way_there(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    assert PAGE not in browser.get("/t/acme/").content.decode()
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE).status_code in (403, 405)
