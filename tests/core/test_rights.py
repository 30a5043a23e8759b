"""Who may do what: every operation by every role, refused exactly where the one table says."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.configurations import operations as configurations
from apps.core.access import PLATFORM_ROLES, ROLE_SCOPES, TENANT_ROLES, Role
from apps.core.errors import Forbidden, NotFound, PortalError
from apps.core.ids import uuid7
from apps.deployments import operations as deployments
from apps.deployments.logs import write_step_log
from apps.deployments.models import DeploymentStep
from apps.environments import operations as environments
from apps.people import operations as people
from apps.people.models import Person
from apps.retention import exceptions
from apps.retention import operations as retention
from apps.scaling_policies.operations import Bounds, change_policy
from apps.services import operations as services
from apps.services.operations import ServiceSpec
from apps.tenant_bindings import operations as bindings
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.release import release_binding
from apps.tenants.operations import onboard_tenant
from tests.core.doors import inside, requested_environment, rolled_back_as
from tests.world import PASSWORD, World, person_actor

Act = Callable[[World], Any]
NOBODY = uuid7()
SPEC = ServiceSpec("new", "registry.test/x:1", "1", 1)


def _cart(world: World) -> Any:
    return world.acme.services["pool"]["cart"]


TENANT: dict[str, tuple[str, Act]] = {
    "draft configuration": (
        "configurations", lambda w: configurations.draft_configuration(payload={})),
    "edit configuration": (
        "configurations", lambda w: configurations.edit_configuration(NOBODY, payload={})),
    "publish configuration": (
        "configurations", lambda w: configurations.publish_configuration(NOBODY)),
    "discard configuration": (
        "configurations", lambda w: configurations.discard_configuration(NOBODY)),
    "supersede all": ("configurations", lambda w: configurations.supersede_all(reason="x")),
    "request deployment": (
        "deployments", lambda w: deployments.request_deployment(release_ref="r")),
    "advance deployment": ("deployments", lambda w: deployments.advance_deployment(NOBODY)),
    "fail deployment": (
        "deployments", lambda w: deployments.fail_deployment(NOBODY, reason="x")),
    "back out": ("deployments", lambda w: deployments.back_out_deployment(NOBODY, reason="x")),
    "finish back out": (
        "deployments", lambda w: deployments.finish_back_out_deployment(NOBODY)),
    "start step": ("deployments", lambda w: deployments.start_step(NOBODY)),
    "succeed step": ("deployments", lambda w: deployments.succeed_step(NOBODY)),
    "fail step": ("deployments", lambda w: deployments.fail_step(NOBODY, reason="x")),
    "skip step": ("deployments", lambda w: deployments.skip_step(NOBODY, reason="x")),
    "write log": (
        "deployments",
        lambda w: write_step_log(DeploymentStep(id=NOBODY, log_path="written"), b"x")),
    "create services": ("services", lambda w: services.create_services([SPEC])),
    "change service": ("services", lambda w: services.change_service(_cart(w), replicas=5)),
    "run service": ("services", lambda w: services.run_service(_cart(w))),
    "run services": ("services", lambda w: services.run_services(["cart"])),
    "degrade service": ("services", lambda w: services.degrade_service(_cart(w))),
    "stop service": ("services", lambda w: services.stop_service(_cart(w))),
    "start service": ("services", lambda w: services.start_service(_cart(w))),
    "retire service": ("services", lambda w: services.retire_service(_cart(w))),
    "retire all": ("services", lambda w: services.retire_all(reason="x")),
    "request exception": (
        "retention",
        lambda w: exceptions.request_exception(
            data_class="step-log", reason="x", legal_basis="x",
            lapses_at=datetime(2099, 1, 1, tzinfo=UTC))),
    "withdraw exception": ("retention", lambda w: exceptions.withdraw_exception(NOBODY)),
    "change policy": ("scaling", lambda w: change_policy(_cart(w), Bounds.fixed(5))),
}  # fmt: skip


@pytest.mark.parametrize(("operation", "role"), list(itertools.product(TENANT, TENANT_ROLES)))
def test_of_a_tenants_people_those_write_who_may(
    world: World, rolled_back: None, operation: str, role: Role
) -> None:
    resource, act = TENANT[operation]
    with inside(world.acme, role=role) as entered:
        before = list(entered.entries)
        if f"runtime.{resource}.write" in ROLE_SCOPES[role]:
            _allowed(lambda: act(world))
        else:
            with pytest.raises(Forbidden, match=rf"runtime\.{resource}\.write"):
                act(world)
            assert entered.entries == before


def _allowed(act: Callable[[], Any]) -> None:
    """It may: what else there is to say (no such thing, not in this state) is another matter."""
    try:
        act()
    except Forbidden:
        raise
    except PortalError:
        pass


FIELDS = {"project_id": "p", "name": "n", "stage": "dev", "region": "r", "isolation_model": "silo"}
FLEET: dict[str, tuple[str, Act]] = {
    "onboard": ("tenants", lambda w: onboard_tenant(slug="newcomer", name="Newcomer")),
    "request environment": (
        "environments",
        lambda w: environments.request_environment(tenant_id="acme", **FIELDS)),
    "create environment": ("environments", lambda w: requested_environment()),
    **{
        verb.__name__.replace("_", " "): ("environments", lambda w, v=verb: v(_somewhere(w)))
        for verb in (
            environments.provision_environment, environments.complete_environment,
            environments.abandon_environment, environments.decommission_environment,
            environments.finish_decommissioning_environment,
        )
    },
    "fail environment": (
        "environments", lambda w: environments.fail_environment(_somewhere(w), reason="x")),
    "request binding": (
        "bindings",
        lambda w: bindings.request_binding(
            tenant_id="acme", environment_id=_somewhere(w), quota={})),
    "set retention": (
        "governance",
        lambda w: retention.set_retention(data_class="step-log", days=100, reason="x")),
    "place hold": (
        "governance",
        lambda w: retention.place_hold(
            tenant_id="acme", data_classes=["step-log"], matter="x", reason="x")),
    "propose lift": ("governance", lambda w: retention.propose_lift(NOBODY, reason="x")),
    "keep hold": ("governance", lambda w: retention.keep_hold(NOBODY)),
    "approve exception": (
        "governance", lambda w: exceptions.approve_exception(NOBODY, reason="x")),
    "refuse exception": (
        "governance", lambda w: exceptions.refuse_exception(NOBODY, reason="x")),
    "lift hold": ("governance", lambda w: retention.lift_hold(NOBODY)),
    "change quota": ("bindings", lambda w: bindings.change_quota(_binding(w), quota={})),
    **{
        verb.__name__.replace("_", " "): ("bindings", lambda w, v=verb: v(_binding(w)))
        for verb in (
            bindings.activate_binding, bindings.suspend_binding, bindings.resume_binding,
            release_binding,
        )
    },
}  # fmt: skip
OWNERS: dict[str, tuple[str, Act]] = {
    "create person": (
        "people",
        lambda w: people.create_person(email="x@x.test", name="X", password=PASSWORD)),
    "grant role": (
        "people",
        lambda w: people.grant_role(
            person=w.globex.people[Role.TENANT_ADMIN], tenant_id="acme",
            role=Role.TENANT_VIEWER)),
    "create api client": (
        "clients",
        lambda w: people.create_api_client(
            tenant_id="acme", name="ci", scopes=["runtime.services.read"])),
}  # fmt: skip


def _somewhere(world: World) -> Any:
    return world.acme.environments["pool"]


def _binding(world: World) -> Any:
    return world.acme.bindings["pool"]


def _person(world: World, role: Role) -> Person:
    return (world.platform if role in PLATFORM_ROLES else world.acme.people)[role]


@pytest.mark.parametrize(("operation", "role"), list(itertools.product(FLEET, Role)))
def test_on_the_platform_its_own_people_alone_write_and_only_who_may(
    world: World, rolled_back: None, operation: str, role: Role
) -> None:
    """What somebody may do in a tenant counts for nothing here."""
    resource, act = FLEET[operation]
    with enter_platform(actor=person_actor(_person(world, role))) as entered:
        assert role in entered.rights.roles or role in TENANT_ROLES
        if role in PLATFORM_ROLES and f"runtime.{resource}.write" in ROLE_SCOPES[role]:
            _allowed(lambda: act(world))
        else:
            with pytest.raises(Forbidden, match=rf"runtime\.{resource}\.write"):
                act(world)
            assert entered.entries == []


@pytest.mark.parametrize(("operation", "role"), list(itertools.product(OWNERS, Role)))
def test_people_and_clients_are_made_by_who_may(
    world: World, committed: None, operation: str, role: Role
) -> None:
    """These run as owner; the person's rights are asked all the same."""
    resource, act = OWNERS[operation]
    actor = person_actor(_person(world, role))
    way_in = (
        enter_platform(actor=actor)
        if role in PLATFORM_ROLES
        else enter_tenant("acme", actor=actor, partition="public", writing=True)
    )
    with rolled_back_as("owner"), way_in as entered:
        if f"runtime.{resource}.write" in ROLE_SCOPES[role]:
            _allowed(lambda: act(world))
        else:
            with pytest.raises(Forbidden):
                act(world)
            assert entered.entries == []


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_nobody_of_the_platform_enters_a_tenant(
    world: World, rolled_back: None, role: Role
) -> None:
    actor = person_actor(world.platform[role])
    with pytest.raises(NotFound), enter_tenant("acme", actor=actor):
        pass


@pytest.mark.parametrize("role", TENANT_ROLES)
def test_nobody_enters_a_tenant_that_is_not_theirs(
    world: World, rolled_back: None, role: Role
) -> None:
    actor = person_actor(world.globex.people[role])
    for tenant in ("acme", "nobody", "platform"):
        with pytest.raises(NotFound), enter_tenant(tenant, actor=actor):
            pass
