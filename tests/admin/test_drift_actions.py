"""The verbs of drift in the tenant's admin."""

from typing import Any

import pytest

from apps.core.access import Role
from apps.drift_findings.models import IgnoreRule, RuntimeDriftFinding
from apps.drift_findings.operations import acknowledge_finding
from tests.admin.sites import list_path, partition_site
from tests.console.bodies import words
from tests.console.places import things_of
from tests.console.signed_in import SignIn
from tests.core.doors import inside
from tests.world import World


def act(browser: Any, model: Any, action: str, key: Any, **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [str(key)], **more}
    return browser.post(list_path(model, partition_site("acme", "silo")), chosen)


def status(world: World, model: Any, key: Any) -> str:
    with inside(world.acme, "silo", writing=False):
        return str(model.objects.get(id=key).status)


YES = {"confirmed": "1", "reason": "because", "confirm": "prod"}


@pytest.mark.parametrize(
    ("action", "expected"),
    [("acknowledge", "Acknowledged"), ("unacknowledge", "Open"), ("resolve", "Resolved")],
)
def test_a_verb_asks_first_and_then_is_done(
    world: World, sign_in: SignIn, action: str, expected: str
) -> None:
    things = things_of(world.acme)
    if action == "unacknowledge":
        with inside(world.acme, "silo"):
            acknowledge_finding(things.finding, reason="known")
    before = status(world, RuntimeDriftFinding, things.finding)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    page = act(browser, RuntimeDriftFinding, action, things.finding)
    assert "1 selected" in words(page)
    assert status(world, RuntimeDriftFinding, things.finding) == before
    act(browser, RuntimeDriftFinding, action, things.finding, **YES)
    assert status(world, RuntimeDriftFinding, things.finding) == expected


def test_a_rule_ends(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_OPERATOR])
    act(browser, IgnoreRule, "end", things.ignore_rule, **YES)
    assert status(world, IgnoreRule, things.ignore_rule) == "Ended"


def test_who_may_only_read_is_offered_none(world: World, sign_in: SignIn) -> None:
    things = things_of(world.acme)
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    act(browser, RuntimeDriftFinding, "resolve", things.finding, **YES)
    act(browser, IgnoreRule, "end", things.ignore_rule, **YES)
    assert status(world, RuntimeDriftFinding, things.finding) == "Open"
    assert status(world, IgnoreRule, things.ignore_rule) == "Active"
