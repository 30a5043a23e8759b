"""The admin of one partition of one tenant: its rows, and no others."""

from typing import Any

import pytest

from apps.core.access import Role
from apps.core.models import AuditEntry
from apps.services.models import RuntimeService
from tests.admin.sites import TENANT, list_path, partition_site
from tests.console.bodies import words
from tests.console.many import make_services
from tests.console.signed_in import SignIn, visitor
from tests.console.trail import refusals
from tests.core.doors import inside
from tests.world import MODELS, World

READABLE = tuple(model for model in TENANT if model is not AuditEntry)


def a_row(world: World, model: Any, kind: str) -> Any:
    with inside(world.acme, kind, writing=False):
        return model.objects.order_by("pk").first()


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    "role", [Role.TENANT_VIEWER, Role.TENANT_ADMIN, Role.TENANT_AUDITOR], ids=str
)
def test_people_of_the_tenant_read_every_list_and_every_row(
    world: World, sign_in: SignIn, role: Role, kind: str
) -> None:
    browser, site = sign_in(world.acme.people[role]), partition_site("acme", kind)
    assert browser.get(site).status_code == 200
    for model in READABLE:
        assert browser.get(list_path(model, site)).status_code == 200, model
        path = f"{list_path(model, site)}{a_row(world, model, kind).pk}/change/"
        assert browser.get(path).status_code == 200, path


@pytest.mark.parametrize("kind", MODELS)
def test_the_audit_trail_is_for_auditors_and_is_the_tenants_own(
    world: World, sign_in: SignIn, kind: str
) -> None:
    path = list_path(AuditEntry, partition_site("acme", kind))
    assert sign_in(world.acme.people[Role.TENANT_ADMIN]).get(path).status_code == 403
    page = sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(path)
    assert "services.applied" in words(page)
    assert "globex" not in words(page)
    theirs = a_row_of_globex(world, kind)
    path = f"{path}{theirs.pk}/change/"
    assert sign_in(world.acme.people[Role.TENANT_AUDITOR]).get(path).status_code in (302, 404)


def a_row_of_globex(world: World, kind: str) -> AuditEntry:
    with inside(world.globex, kind, writing=False):
        found = AuditEntry.objects.filter(tenant_id="globex").order_by("id").first()
    assert found is not None
    return found


@pytest.mark.parametrize("who", [None, "stranger", "platform-admin", "platform-viewer"], ids=str)
def test_nobody_else_can_tell_that_there_is_an_admin(
    world: World, sign_in: SignIn, who: str | None
) -> None:
    browser = sign_in(visitor(world, who))
    for kind in MODELS:
        site = partition_site("acme", kind)
        for path in (site, *(list_path(model, site) for model in TENANT)):
            answer = browser.get(path)
            assert answer.status_code == (302 if who is None else 404), path
            if who is None:
                assert answer["Location"] == f"/accounts/login/?next={path}"


def test_nobody_adds_changes_or_deletes_there(world: World, sign_in: SignIn) -> None:
    browser, site = sign_in(world.acme.people[Role.TENANT_ADMIN]), partition_site("acme", "silo")
    for model in READABLE:
        key = a_row(world, model, "silo").pk
        for verb in ("add/", f"{key}/change/", f"{key}/delete/"):
            answer = browser.post(list_path(model, site) + verb, {"replicas": "99", "post": "yes"})
            assert answer.status_code == 403, (model, verb)
        chosen = {"action": "delete_selected", "_selected_action": [str(key)], "post": "yes"}
        browser.post(list_path(model, site), chosen)
        assert a_row(world, model, "silo").pk == key
    # In the chain of the tenant that the actor stood in.
    assert len(refusals(world, "acme")) == 3 * len(READABLE)


def test_a_partition_shows_its_own_rows_alone(world: World, sign_in: SignIn) -> None:
    for kind in MODELS:
        make_services(world.acme, kind, [f"only-in-{kind}"])
    make_services(world.globex, "shared", ["of-the-neighbour"])
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    for kind in MODELS:
        text = words(browser.get(list_path(RuntimeService, partition_site("acme", kind))))
        assert f"only-in-{kind}" in text
        assert text.count("only-in-") == 1
        assert "of-the-neighbour" not in text


def test_a_row_of_another_partition_or_tenant_is_not_there(world: World, sign_in: SignIn) -> None:
    browser, site = sign_in(world.acme.people[Role.TENANT_ADMIN]), partition_site("acme", "silo")
    for other in (world.acme.services["pool"]["cart"], world.globex.services["silo"]["cart"]):
        path = f"{list_path(RuntimeService, site)}{other}/change/"
        assert browser.get(path).status_code == 302
        assert browser.get(path, follow=True).status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("services/runtimeservice/", {"q": "car"}, "cart"),
        ("services/runtimeservice/", {"status__exact": "Pending"}, "cart"),
        ("services/runtimeservice/", {"component_type__exact": "other"}, "cart"),
        ("deployments/runtimedeployment/", {"q": '"2 made"'}, "2 made by hand"),
        ("deployments/runtimedeployment/", {"gate__exact": "external"}, "2 made by hand"),
        ("configurations/runtimeconfiguration/", {"status__exact": "Published"}, "Published"),
        ("configurations/runtimeconfiguration/", {"q": "44136f"}, "44136f"),
        ("scaling_policies/scalingpolicy/", {"q": "car"}, "cart"),
        ("scaling_policies/scalingpolicy/", {"metric__exact": "cpu"}, "cart"),
        ("drift_findings/runtimedriftfinding/", {"q": "we"}, "/services/web/replicas"),
        ("drift_findings/runtimedriftfinding/", {"kind__exact": "replicas"}, "/services/web/"),
        ("drift_findings/driftcheck/", {"outcome__exact": "Findings"}, "tests"),
        ("drift_findings/ignorerule/", {"q": "nowh"}, "nowhere"),
        ("core/auditentry/", {"q": "services.app"}, "services.applied"),
    ],
    ids=str,
)
def test_search_and_filters_find(
    world: World, sign_in: SignIn, path: str, query: dict[str, str], expected: str
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    page = browser.get(partition_site("acme", "silo") + path, query)
    assert page.status_code == 200
    assert expected in words(page)


def test_its_links_stay_within_the_partition_or_lead_to_the_console(
    world: World, sign_in: SignIn
) -> None:
    from tests.console.bodies import links

    site = partition_site("acme", "pool")
    page = sign_in(world.acme.people[Role.TENANT_VIEWER]).get(list_path(RuntimeService, site))
    absolute = [link for link in links(page) if link.startswith("/")]
    assert {link for link in absolute if not link.startswith(site)} == {"/", "/t/acme/"}
