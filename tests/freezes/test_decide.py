"""The one decision: which rule, until when, who may override."""

from typing import Any

import pytest

from apps.core.access import Actor, Role
from apps.core.errors import Refused
from apps.deployments.operations import request_deployment
from apps.freezes.operations import decide, end_freeze
from apps.freezes.queries import in_force
from apps.services.operations import ServiceSpec, change_service, create_services
from apps.tenant_bindings.context import enter_tenant
from tests.core.doors import inside, new_environment, on_platform
from tests.freezes.windows import ALWAYS, freeze
from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


def _admin(world: World, **more: Any) -> Any:
    return inside(world.acme, role=Role.TENANT_ADMIN, **more)


def test_without_a_freeze_nothing_stands_against_it(world: World) -> None:
    with inside(world.acme):
        assert decide() == []


@pytest.mark.parametrize("window", [None, ALWAYS], ids=["from-until", "weekly"])
def test_a_freeze_refuses_and_says_which_until_when_and_who_may_override(
    world: World, window: Any
) -> None:
    with _admin(world):
        rule = freeze(window=window, reason="Christmas", override_role="tenant-admin")
    with inside(world.acme) as entered:
        (found,) = in_force(world.acme.environments["pool"])
        with pytest.raises(Refused) as refusal:
            request_deployment(release_ref="r1")
        assert entered.entries == []
    assert found.id == rule.id
    assert "Christmas" in refusal.value.message
    assert f"{found.until:%Y-%m-%d %H:%M}" in refusal.value.message
    assert "tenant-admin may override" in refusal.value.message
    assert list(refusal.value.fields) == ["overrideFreeze"]


@pytest.mark.parametrize(
    ("scope", "more", "frozen"),
    [
        ("tenant", {}, {"silo", "pool", "shared"}),
        ("project", {"project_id": "shop"}, {"silo", "pool", "shared"}),
        ("environment", {"environment_id": "pool"}, {"pool"}),
    ],
)
def test_it_holds_where_its_scope_says_and_for_that_tenant_alone(
    world: World, scope: str, more: dict[str, Any], frozen: set[str]
) -> None:
    if "environment_id" in more:
        more = {"environment_id": world.acme.environments[more["environment_id"]]}
    with _admin(world):
        freeze(scope, **more)
    for tenant, expected in ((world.acme, frozen), (world.globex, set())):
        found = set()
        for model in ("silo", "pool", "shared"):
            with inside(tenant, model):
                if in_force(tenant.environments[model]):
                    found.add(model)
        assert found == expected


def test_a_project_that_is_another_one_goes_on(world: World) -> None:
    environment = new_environment(world)
    with _admin(world):
        freeze("project", project_id="shop")
    with inside(world.acme, environment_id=environment):
        assert in_force(environment)  # of the same project
        assert in_force(world.acme.environments["pool"])
    with inside(world.globex):
        assert in_force(environment) == []


def test_the_platforms_freeze_holds_for_every_tenant(world: World) -> None:
    with on_platform(world):
        freeze("all", override_role="platform-admin")
    for tenant in (world.acme, world.globex):
        with inside(tenant), pytest.raises(Refused, match="the platform's rule"):
            decide()


def test_one_that_ended_holds_no_longer(world: World) -> None:
    with _admin(world):
        rule = freeze()
        with pytest.raises(Refused):
            decide()
        end_freeze(rule.id, reason="done")
        assert decide() == []


RIGHTS = {
    "": set(),
    "tenant-operator": {Role.TENANT_OPERATOR, Role.TENANT_ADMIN},
    "tenant-admin": {Role.TENANT_ADMIN},
    "platform-admin": set(),
}


@pytest.mark.parametrize("allowed", RIGHTS)
@pytest.mark.parametrize("role", [Role.TENANT_OPERATOR, Role.TENANT_ADMIN])
def test_an_override_takes_the_right_that_the_rule_names(
    world: World, allowed: str, role: Role
) -> None:
    with _admin(world):
        rule = freeze(override_role=allowed)
    with inside(world.acme, role=role) as entered:
        if role in RIGHTS[allowed]:
            made = request_deployment(release_ref="r1", override_freeze="the shop is down")
            assert made.freeze_override == "the shop is down"
            entry = entered.entries[-1]
            assert entry.after is not None
            assert entry.after["freezesOverridden"] == [str(rule.id)]
            assert entry.after["freezeOverride"] == "the shop is down"
        else:
            with pytest.raises(Refused, match="Frozen"):
                request_deployment(release_ref="r1", override_freeze="the shop is down")
            assert entered.entries == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_override_takes_a_reason(world: World, reason: str) -> None:
    with _admin(world):
        freeze(override_role="tenant-admin")
        with pytest.raises(Refused, match="Frozen"):
            request_deployment(release_ref="r1", override_freeze=reason)


def test_of_two_rules_both_must_be_overridden(world: World) -> None:
    with on_platform(world):
        freeze("all", reason="everybody", override_role="platform-admin")
    with _admin(world):
        freeze(reason="only us", override_role="tenant-admin")
        with pytest.raises(Refused) as refusal:
            decide(override="it must be")
    assert "everybody" in refusal.value.message
    assert "only us" not in refusal.value.message


def test_who_is_platform_admin_too_overrides_the_platforms(world: World) -> None:
    from apps.people.models import Membership
    from tests.core.doors import rolled_back_as

    person = world.acme.people[Role.TENANT_OPERATOR]
    with rolled_back_as("owner"):
        Membership.objects.create(person=person, tenant_id="platform", role=Role.PLATFORM_ADMIN)
        with on_platform(world):
            freeze("all", override_role="platform-admin")
        actor = Actor("person", person.id, person.email)
        environment = world.acme.environments["pool"]
        with enter_tenant("acme", actor=actor, environment_id=environment, writing=True):
            assert [rule.override_role for rule in decide(override="x")] == ["platform-admin"]


@pytest.mark.parametrize(
    ("kind", "allowed", "may"),
    [
        ("operator", "platform-admin", True),
        ("operator", "tenant-admin", False),
        ("operator", "", False),
        ("worker", "platform-admin", False),
        ("worker", "tenant-operator", False),
    ],
)
def test_shell_and_worker_are_refused_like_anybody(
    world: World, kind: Any, allowed: str, may: bool
) -> None:
    with _admin(world):
        freeze(override_role=allowed)
    environment = world.acme.environments["pool"]
    actor = Actor(kind, label="somebody")
    with enter_tenant("acme", actor=actor, environment_id=environment, writing=True):
        with pytest.raises(Refused):
            request_deployment(release_ref="r1")
        if may:
            assert len(decide(override="x")) == 1
        else:
            with pytest.raises(Refused):
                decide(override="x")


def test_changes_by_hand_are_deployments_and_so_refused(world: World) -> None:
    with _admin(world):
        freeze(override_role="tenant-admin")
        for attempt in (
            lambda: create_services([ServiceSpec("new", "registry.test/n:1", "1", 1)]),
            lambda: change_service(world.acme.services["pool"]["cart"], replicas=7),
        ):
            with pytest.raises(Refused, match="Frozen"):
                attempt()
        changed = change_service(
            world.acme.services["pool"]["cart"], replicas=7, override_freeze="load"
        )
        assert changed.deployment.freeze_override == "load"


def test_an_override_where_nothing_is_frozen_is_not_kept(world: World) -> None:
    with inside(world.acme):
        assert request_deployment(release_ref="r1", override_freeze="x").freeze_override == ""
