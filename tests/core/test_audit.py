"""Every change is told once, by whoever did it, in the transaction of the change."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from apps.configurations import operations as configurations
from apps.core import audit, door
from apps.core.access import Actor, Role
from apps.core.audit import changed, history
from apps.core.errors import NoTenantEntered, Refused
from apps.core.models import AuditEntry
from apps.deployments import operations as deployments
from apps.deployments.logs import write_step_log
from apps.environments import operations as environments
from apps.scaling_policies.operations import Bounds, change_policy
from apps.services import operations as services
from apps.services.operations import ServiceSpec
from apps.tenant_bindings import operations as bindings
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenants.operations import onboard_tenant
from tests.core.chains import told
from tests.core.doors import (
    inside,
    new_environment,
    on_platform,
    requested_environment,
    run,
    sqlstate,
)
from tests.world import World, person_actor

WALK = [
    *["deployment.advanced"] * 3,
    *["step.started", "step.succeeded", "step.log_written"],
    *["deployment.advanced"] * 3,
]
BY_HAND = ["deployment.requested", "services.applied", *WALK]
SPECS = [ServiceSpec(name, "registry.test/x:1", "1", 1) for name in ("a", "b")]


def _draft() -> UUID:
    return configurations.draft_configuration(payload={"n": 1}).id


def _service() -> UUID:
    return services.create_services(SPECS)[0].id


def _deployment() -> Any:
    return deployments.request_deployment(release_ref="r", gate="external")


def _step() -> Any:
    return deployments.steps_of(_deployment())[0]


def _started() -> Any:
    return deployments.start_step(_step().id)


def _at_the_gate() -> UUID:
    identifier: UUID = _deployment().id
    for _ in range(4):
        deployments.advance_deployment(identifier)
    return identifier


def _backing_out() -> UUID:
    identifier = _at_the_gate()
    deployments.back_out_deployment(identifier, reason="because")
    return identifier


# What is made first, the operation on it, and what it tells.
TOLD: dict[str, tuple[Callable[[], Any], Callable[[Any], Any], list[str]]] = {
    "draft": (lambda: None, lambda _: _draft(), ["configuration.drafted"]),
    "edit": (
        _draft,
        lambda x: configurations.edit_configuration(x, payload={"n": 2}),
        ["configuration.edited"],
    ),
    "publish": (
        _draft,
        configurations.publish_configuration,
        ["configuration.superseded", "configuration.published"],
    ),
    "discard": (_draft, configurations.discard_configuration, ["configuration.discarded"]),
    "supersede all": (
        lambda: None,
        lambda _: configurations.supersede_all(reason="because"),
        ["configuration.superseded"],
    ),
    "discard all": (
        lambda: [_draft(), _draft()],
        lambda _: configurations.discard_all(reason="because"),
        ["configuration.discarded"] * 2,
    ),
    "request": (lambda: None, lambda _: _deployment(), ["deployment.requested"]),
    "advance": (
        lambda: _deployment().id,
        deployments.advance_deployment,
        ["deployment.advanced"],
    ),
    "fail": (
        lambda: _deployment().id,
        lambda x: deployments.fail_deployment(x, reason="because"),
        ["deployment.failed"],
    ),
    "fail all": (
        lambda: _deployment().id,
        lambda _: deployments.fail_all(reason="because"),
        ["deployment.failed"],
    ),
    "back out": (
        _at_the_gate,
        lambda x: deployments.back_out_deployment(x, reason="because"),
        ["deployment.backing_out"],
    ),
    "finish back out": (
        _backing_out,
        deployments.finish_back_out_deployment,
        ["deployment.rolled_back"],
    ),
    "carry": (_deployment, lambda x: deployments.carry_to_completed(x, ["done"]), WALK),
    "start step": (lambda: _step().id, deployments.start_step, ["step.started"]),
    "succeed step": (lambda: _started().id, deployments.succeed_step, ["step.succeeded"]),
    "fail step": (
        lambda: _started().id,
        lambda x: deployments.fail_step(x, reason="because"),
        ["step.failed"],
    ),
    "skip step": (
        lambda: _step().id,
        lambda x: deployments.skip_step(x, reason="because"),
        ["step.skipped"],
    ),
    "write log": (_step, lambda x: write_step_log(x, b"done"), ["step.log_written"]),
    "create services": (lambda: None, lambda _: _service(), BY_HAND),
    "change service": (_service, lambda x: services.change_service(x, replicas=9), BY_HAND),
    "run": (_service, services.run_service, ["service.running"]),
    "stop": (_service, services.stop_service, ["service.stopped"]),
    "retire": (_service, services.retire_service, ["service.retired"]),
    "retire all": (
        _service,
        lambda _: services.retire_all(reason="because"),
        ["services.retired"],
    ),
    "policy": (
        _service,
        lambda x: change_policy(x, Bounds.fixed(7)),
        ["scaling_policy.changed"],
    ),
}


@pytest.mark.attacks("one entry a change")
@pytest.mark.parametrize("operation", TOLD)
def test_what_is_done_to_a_tenants_rows_is_told_in_its_partition(
    world: World, rolled_back: None, operation: str
) -> None:
    prepare, act, actions = TOLD[operation]
    environment = new_environment(world)
    person = world.acme.people[Role.TENANT_OPERATOR]
    actor = Actor("person", person.id, person.email, "192.0.2.7", "request-1")
    with enter_tenant("acme", actor=actor, environment_id=environment, writing=True):
        configurations.publish_configuration(_draft())
        prepared = prepare()
    told_before = _told(environment)
    with enter_tenant("acme", actor=actor, environment_id=environment, writing=True):
        act(prepared)
    said = _told(environment)[len(told_before) :]
    assert [row[0] for row in said] == actions
    assert {row[1:] for row in said} == {
        ("acme", "person", person.id, person.email, "192.0.2.7", "request-1")
    }
    assert run(
        "SELECT count(*) FROM public.core_auditentry WHERE action = ANY (%s)", [actions]
    ) == [(0,)]


def _told(environment: UUID) -> list[Any]:
    """What the partition's trail says of the environment, in its order."""
    run("SELECT set_config('app.tenant_id', 'acme', true)")
    found = run(
        f"SELECT action, tenant_id, actor_kind, actor_id, {told('pool_acme', 'label')}, "
        f"{told('pool_acme', 'address')}, request_id "
        "FROM pool_acme.core_auditentry e WHERE environment_id = %s ORDER BY number",
        [environment],
    )
    run("SELECT app.leave()")
    return found


CONTROL: dict[str, tuple[Callable[[], Any], Callable[[Any], Any], list[tuple[str, str]]]] = {
    "onboard": (
        lambda: None,
        lambda _: onboard_tenant(slug="told", name="Told"),
        [("tenant.onboarded", "told")],
    ),
    "create environment": (
        lambda: None,
        lambda _: requested_environment(tenant_id="acme"),
        [("environment.requested", "acme"), ("environment.provisioning", "acme"),
         ("environment.provisioned", "acme")],
    ),
    "decommission": (
        requested_environment,
        environments.decommission_environment,
        [("environment.decommissioning", "platform")],
    ),
    "bind": (
        requested_environment,
        lambda x: bindings.request_binding(tenant_id="globex", environment_id=x, quota={}),
        [("binding.requested", "globex")],
    ),
}  # fmt: skip


@pytest.mark.attacks("one entry a change")
@pytest.mark.parametrize("operation", CONTROL)
def test_what_is_done_to_the_fleet_is_told_in_the_control_plane(
    world: World, rolled_back: None, operation: str
) -> None:
    prepare, act, expected = CONTROL[operation]
    with on_platform(world):
        prepared = prepare()
    with on_platform(world) as entered:
        before = run("SELECT id FROM public.core_auditentry")
        act(prepared)
        admin = entered.actor
    with on_platform(world):
        said = run(
            "SELECT action, tenant_id, actor_id, at = now() FROM public.core_auditentry "
            "WHERE NOT id = ANY (%s) ORDER BY id",
            [[row[0] for row in before]],
        )
    assert said == [(*pair, admin.id, True) for pair in expected]


def test_what_is_rolled_back_was_never_told(world: World, rolled_back: None) -> None:
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment) as entered:
        with pytest.raises(Refused), door.atomic():
            _draft()
            raise Refused("no")
        assert entered.entries == []
        kept = _draft()
    with inside(world.acme, environment_id=environment):
        assert [entry.action for entry in history(kept)] == ["configuration.drafted"]
        assert AuditEntry.objects.filter(environment_id=environment).count() == 1


def test_a_door_left_by_an_error_tells_nothing(world: World, rolled_back: None) -> None:
    environment = new_environment(world)
    with pytest.raises(RuntimeError), inside(world.acme, environment_id=environment):
        _draft()
        raise RuntimeError("the answer could not be rendered")
    assert _told(environment) == []


def test_the_runtime_login_adds_to_the_trail_and_does_nothing_else_to_it(
    world: World, rolled_back: None
) -> None:
    with inside(world.acme):
        for place in ("pool_acme", "public"):
            table = f"{place}.core_auditentry"
            for statement in (
                f"UPDATE {table} SET action = ''",
                f"UPDATE {table} SET at = at",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
            ):
                assert sqlstate(statement) == "42501"


def test_only_what_differs_is_told_on_both_sides() -> None:
    assert changed({"a": 1, "b": 2}, {"b": 3, "c": 4}) == (
        {"a": 1, "b": 2, "c": None}, {"a": None, "b": 3, "c": 4},
    )  # fmt: skip
    assert changed({"a": 1}, {"a": 1}) == ({}, {})


def test_nothing_is_told_outside_a_door() -> None:
    with pytest.raises(NoTenantEntered):
        audit.record("x.y", object_type="x", object_id="1")


def test_the_fleets_door_tells_nothing_in_the_name_of_no_tenant(
    world: World, rolled_back: None
) -> None:
    admin = person_actor(world.platform[Role.PLATFORM_ADMIN])
    with enter_platform(actor=admin), pytest.raises(NoTenantEntered):
        audit.record("x.y", object_type="x", object_id="1")
