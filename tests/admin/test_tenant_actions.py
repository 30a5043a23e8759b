"""Verbs and exports of a tenant's rows in its admin: by the operations, row by row."""

import csv
import io
import json
from typing import Any

import pytest

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration
from apps.core.access import Role
from apps.scaling_policies.models import ScalingPolicy
from apps.services.imports import plan_import, read_rows
from apps.services.models import RuntimeService
from apps.services.operations import change_service
from tests.admin.sites import list_path, partition_site
from tests.console.bodies import words
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World

SITE = partition_site("acme", "pool")
SERVICES = list_path(RuntimeService, SITE)


def chosen(action: str, *keys: Any, **more: str) -> dict[str, Any]:
    return {
        "action": action, "_selected_action": [str(key) for key in keys],
        "confirmed": str(len(keys)), "reason": "night", "confirm": "prod", **more,
    }  # fmt: skip


def statuses(world: World, whose: str = "acme") -> set[str]:
    tenant = getattr(world, whose)
    with inside(tenant, "pool", writing=False):
        return set(RuntimeService.objects.values_list("status", flat=True))


def test_services_are_stopped_and_started_row_by_row(world: World, sign_in: SignIn) -> None:
    keys = world.acme.services["pool"].values()
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    assert "Stop: 2 selected" in words(
        browser.post(SERVICES, {"action": "stop", "_selected_action": [str(k) for k in keys]})
    )
    assert statuses(world) == {"Pending"}
    assert "2 stopped." in words(browser.post(SERVICES, chosen("stop", *keys), follow=True))
    assert statuses(world) == {"Stopped"}
    again = words(browser.post(SERVICES, chosen("stop", *keys), follow=True))
    assert "cannot stop: only from" in again
    assert "2 started." in words(browser.post(SERVICES, chosen("start", *keys), follow=True))
    browser.post(SERVICES, chosen("retire", *keys, confirm="no"))
    assert statuses(world) == {"Pending"}
    assert statuses(world, "globex") == {"Pending"}


def test_configurations_are_published_and_discarded(world: World, sign_in: SignIn) -> None:
    with inside(world.acme, "pool"):
        one, two = (draft_configuration(payload={"n": n}) for n in (1, 2))
    path = list_path(RuntimeConfiguration, SITE)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    browser.post(path, chosen("publish", one.id))
    browser.post(path, chosen("discard", two.id))
    with inside(world.acme, "pool", writing=False):
        found = RuntimeConfiguration.objects.in_bulk([one.id, two.id])
    assert (found[one.id].status, found[two.id].status) == ("Published", "Discarded")
    assert found[one.id].published_by == "tenant-operator@acme.test"


def test_a_viewer_is_offered_exports_alone(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    text = browser.get(SERVICES).content.decode()
    assert '<option value="export_csv">' in text
    assert '<option value="stop">' not in text
    browser.post(SERVICES, chosen("stop", *world.acme.services["pool"].values()))
    assert statuses(world) == {"Pending"}


@pytest.mark.parametrize("format", ["csv", "json", "yaml"])
def test_what_the_admin_exports_the_console_imports_without_a_change(
    world: World, sign_in: SignIn, format: str
) -> None:
    with inside(world.acme, "pool"):
        change_service(world.acme.services["pool"]["cart"], image="+cmd", endpoint_url="=x")
        keys = list(ScalingPolicy.objects.values_list("id", flat=True))
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    answer = browser.post(list_path(ScalingPolicy, SITE), chosen(f"export_{format}", *keys))
    assert answer["Content-Disposition"] == f'attachment; filename="scalingpolicy.{format}"'
    with inside(world.acme, "pool"):
        plan = plan_import(read_rows(answer.content.decode(), format))
    assert (plan.refused, plan.new, plan.changed) == ([], [], [])
    assert sorted(plan.unchanged) == ["cart", "web"]


def test_no_exported_cell_runs_in_a_spreadsheet(world: World, sign_in: SignIn) -> None:
    cart = world.acme.services["pool"]["cart"]
    with inside(world.acme, "pool"):
        change_service(cart, image="=1+1", version="@x")
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    table = browser.post(SERVICES, chosen("export_csv", cart)).content.decode()
    [row] = csv.DictReader(io.StringIO(table, newline=""))
    assert (row["image"], row["version"], row["replicas"]) == ("'=1+1", "'@x", "2")
    [row] = json.loads(browser.post(SERVICES, chosen("export_json", cart)).content)
    assert (row["image"], row["replicas"]) == ("=1+1", 2)


def test_lists_are_narrowed_to_an_environment(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    here = world.acme.environments["pool"]
    assert "2 services" in words(browser.get(f"{SERVICES}?environment={here}"))
    for nothing in (world.acme.environments["silo"], "nonsense"):
        page = browser.get(f"{SERVICES}?environment={nothing}")
        assert page.status_code == 200
        assert "0 services" in words(page)
