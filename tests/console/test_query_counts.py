"""What a page asks the database: exactly so many queries, with one row as with twenty.

Counted are all of a request, session and person included. The savepoint that stands for the
transaction in tests, its release and the leaving of the door within it are not: they are 3.
"""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core.access import Role
from apps.people.operations import create_api_client
from apps.tenant_bindings.release import release_binding
from tests.console.many import make_configurations, make_deployments, make_drift, make_services
from tests.console.people import as_admin, invited
from tests.console.places import TENANT_PAGES, Things, things_of
from tests.console.signed_in import SignIn
from tests.core.doors import on_platform
from tests.world import World

SAVEPOINT = 3
MOST = 12
# Session, person, door; then what the page itself asks.
ENTER = 3
IN_ONE_PARTITION = {
    "tenant_home": ENTER,  # its panels are pages of their own
    "overview:grid": ENTER + 5,  # projects; environments, freezes; services; their drift
    # Bindings with a limit (here none is), exceptions; unfinished, failed, findings; bindings.
    "overview:waiting_panel": ENTER + 6,
    "overview:changes_panel": ENTER + 4,
    "overview:last_deployments": ENTER + 3,  # the service; its deployments; freezes
    "tenant_admin_home": ENTER,
    "tenant_bindings:environment_list": ENTER + 1,
    "tenant_bindings:environment_detail": ENTER + 9,  # with freezes, holds, drift, quota
    "services:service_list": ENTER + 3,  # choices of environment; rows; their bindings
    "services:service_detail": ENTER + 7,
    "health_results:health_list": ENTER + 3,  # the bars and newest results come with the rows
    "health_results:service_health": ENTER + 2,
    "services:service_export": ENTER + 1,
    "deployments:deployment_list": ENTER + 3,
    "deployments:deployment_detail": ENTER + 6,  # with what has been purged of what it names
    # The deployment, the choices; what stood there: products, services. None is before it.
    "deployments:deployment_compare": ENTER + 2,
    "deployments:step_log": ENTER + 1,
    "deployments:step_log_export": ENTER + 1,
    "freezes:freeze_list": ENTER + 1,
    "configurations:configuration_list": ENTER + 3,
    "configurations:configuration_detail": ENTER + 4,
    # Turning to the control plane and back; its rows and the partition's.
    "audit_trail:entry_list": ENTER + 1 + 1 + 3,
    "audit_trail:entry_detail": ENTER + 1 + 3,
    "drift_findings:finding_list": ENTER + 3,  # what hides a row comes with it
    "drift_findings:drift_check_list": ENTER + 3,
    "drift_findings:ignore_rule_list": ENTER + 3,
    "drift_findings:finding_detail": ENTER + 6,
    "drift_findings:drift_check_detail": ENTER + 3,
    "people:people_list": ENTER + 4,  # people; their roles; invitations; visits
    "people:api_client_list": ENTER + 1,
    "search:search_results": ENTER + 1,  # without a word nothing is asked but the choices
    "configurations:configuration_diff": ENTER + 3,
    "configurations:configuration_export": ENTER + 1,
    "scaling_policies:policy_list": ENTER + 3,
    "integrations:manifest_detail": ENTER + 2,
    "integrations:manifest_export": ENTER + 2,
    # Windows and holds of all; what is there; holds with their matter; entries.
    "retention:retention_overview": ENTER + 4,
    "retention:retention_forecast": ENTER + 1,
    "retention:retention_why": ENTER,  # without an id nothing is asked; test_retention_why has one
    "retention:exception_list": ENTER + 1,
    "retention:exception_detail": ENTER + 1,
    "retention:run_list": ENTER + 1,
    "retention:run_detail": ENTER + 2,  # entries; the certificate
    "retention:certificate_detail": ENTER + 1,
    "retention:certificate_export": ENTER + 1,
    # The certificate, its classes, the row, how many stand before it, the leaf beside it.
    "retention:certificate_proof": ENTER + 5,
}
# A page of the whole tenant turns to each other partition, and back: one query each.
IN_THREE_PARTITIONS = {
    **IN_ONE_PARTITION,
    "services:service_list": ENTER + 3 + 2 + 3,
    "health_results:health_list": ENTER + 3 + 2 + 3,
    "deployments:deployment_list": ENTER + 3 + 2 + 3,
    "configurations:configuration_list": ENTER + 3 + 2 + 3,
    "drift_findings:finding_list": ENTER + 3 + 2 + 3,
    "drift_findings:drift_check_list": ENTER + 3 + 2 + 3,
    "drift_findings:ignore_rule_list": ENTER + 3 + 2 + 3,
    "scaling_policies:policy_list": ENTER + 3 + 2 + 3,
    "retention:retention_overview": ENTER + 4 + 2 + 3,
    "retention:retention_forecast": ENTER + 1 + 2 + 3,
    # Services and then their drift: it turns twice.
    "overview:grid": ENTER + 3 + 2 * (3 + 3),
    "overview:waiting_panel": ENTER + 3 + 3 + 3 * 3,
    "overview:changes_panel": ENTER + 1 + 3 + 3 * 3,
    "audit_trail:entry_list": ENTER + 1 + 3 + 2 + 3,
    "audit_trail:entry_detail": ENTER + 3 + 2 + 3,
}


def queries(browser: Client, path: str) -> int:
    browser.get(path)  # templates and content types are read once a process
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code in (200, 302)
    return len(captured) - SAVEPOINT


def counted(browser: Client, things: Things) -> dict[str, int]:
    return {name: queries(browser, things.path(name)) for name in TENANT_PAGES}


def only_in(world: World, model: str) -> None:
    """Acme keeps one binding."""
    with on_platform(world):
        for other, binding in world.acme.bindings.items():
            if other != model:
                release_binding(binding)


def fill(world: World, models: tuple[str, ...]) -> None:
    with as_admin(world.acme):
        for number in range(19):
            invited("acme", f"more{number}@people.test", Role.TENANT_VIEWER)
            create_api_client(
                tenant_id="acme", name=f"more{number}", scopes=["runtime.services.read"]
            )
    for model in models:
        make_services(world.acme, model, [f"s{n:02}" for n in range(18)])
        make_deployments(world.acme, model, 18)
        make_configurations(world.acme, model, 19)
        make_drift(world.acme, model, 19)


def test_a_tenant_of_one_partition_costs_the_same_with_few_rows_and_with_twenty(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    only_in(world, "silo")
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    assert counted(browser, things) == IN_ONE_PARTITION
    fill(world, ("silo",))
    assert counted(browser, things) == IN_ONE_PARTITION
    assert max(IN_ONE_PARTITION.values()) <= MOST


def test_a_tenant_of_three_partitions_costs_the_same_with_few_rows_and_with_twenty(
    world: World, sign_in: SignIn
) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_AUDITOR])
    assert counted(browser, things) == IN_THREE_PARTITIONS
    fill(world, ("silo", "pool", "shared"))
    assert counted(browser, things) == IN_THREE_PARTITIONS
    # The panels of the overview alone ask more: several kinds of things of every partition.
    assert max(n for name, n in IN_THREE_PARTITIONS.items() if "overview:" not in name) <= MOST


@pytest.mark.parametrize("filled", [False, True])
def test_searching_everything_asks_once_a_partition(
    world: World, sign_in: SignIn, filled: bool
) -> None:
    if filled:
        fill(world, ("silo", "pool", "shared"))
    browser: Any = sign_in(world.acme.people[Role.TENANT_VIEWER])
    path = "/t/acme/search/?q=s"
    assert queries(browser, path) == ENTER + 1 + 3 + 3
    only_in(world, "silo")
    assert queries(browser, path) == ENTER + 1 + 1


@pytest.mark.parametrize(
    ("more", "further"),
    # A word may begin the name or be a term: a list each. Several words are one list.
    [("?q=s0", 1), ("?q=s0+other", 0), ("?status=Pending", 0), ("?type=other", 0)],
)
def test_a_filter_costs_no_further_query(
    world: World, sign_in: SignIn, more: str, further: int
) -> None:
    only_in(world, "silo")
    fill(world, ("silo",))
    browser: Any = sign_in(world.acme.people[Role.TENANT_VIEWER])
    usual = IN_ONE_PARTITION["services:service_list"]
    assert queries(browser, f"/t/acme/services/{more}") == usual + further
