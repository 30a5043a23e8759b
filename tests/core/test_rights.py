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
from apps.deployments import marks
from apps.deployments import operations as deployments
from apps.deployments.logs import write_step_log
from apps.deployments.models import DeploymentStep
from apps.deployments.rollback import roll_back
from apps.drift_findings import operations as drift
from apps.drift_findings.many import move_findings
from apps.environments import operations as environments
from apps.environments.decommission import begin_decommissioning
from apps.freezes.operations import Window, create_freeze, end_freeze
from apps.health_results.operations import record_results
from apps.people import erasing, invitations, officers, visits
from apps.people import operations as people
from apps.people.models import Person
from apps.retention import exceptions, returns
from apps.retention import operations as retention
from apps.scaling_policies.operations import Bounds, change_policies, change_policy
from apps.services import many
from apps.services import operations as services
from apps.services.imports import import_services
from apps.services.operations import ServiceSpec
from apps.tenant_bindings import operations as bindings
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.release import release_binding
from apps.tenants.operations import onboard_tenant, register_vault, rename_tenant
from apps.upkeep.operations import run_job
from tests.console.people import as_admin
from tests.core.doors import inside, requested_environment, rolled_back_as
from tests.drift_findings.seen import in_days, look
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
    "abandon": ("deployments", lambda w: marks.abandon_deployment(NOBODY, reason="x")),
    "mark bad": ("deployments", lambda w: marks.mark_bad(NOBODY, reason="x")),
    "clear bad": ("deployments", lambda w: marks.clear_bad(NOBODY, reason="x")),
    "release hold": ("deployments", lambda w: marks.release_hold(NOBODY, reason="x")),
    "roll back": (
        "deployments", lambda w: roll_back(deployment_id=NOBODY, to=NOBODY, reason="x")),
    "create freeze": (
        "freezes", lambda w: create_freeze(scope="tenant", window=Window(), reason="x")),
    "end freeze": ("freezes", lambda w: end_freeze(NOBODY, reason="x")),
    "start step": ("deployments", lambda w: deployments.start_step(NOBODY)),
    "succeed step": ("deployments", lambda w: deployments.succeed_step(NOBODY)),
    "fail step": ("deployments", lambda w: deployments.fail_step(NOBODY, reason="x")),
    "skip step": ("deployments", lambda w: deployments.skip_step(NOBODY, reason="x")),
    "write log": (
        "deployments",
        lambda w: write_step_log(DeploymentStep(id=NOBODY, log_path="written"), b"x")),
    "create services": ("services", lambda w: services.create_services([SPEC])),
    "import services": ("services", lambda w: import_services([{"moduleId": "cart"}])),
    "change service": ("services", lambda w: services.change_service(_cart(w), replicas=5)),
    "change services": ("services", lambda w: many.change_services({_cart(w): {"replicas": 5}})),
    "move services": ("services", lambda w: many.move_services([_cart(w)], "stop")),
    "run service": ("services", lambda w: services.run_service(_cart(w))),
    "run services": ("services", lambda w: services.run_services(["cart"])),
    "degrade service": ("services", lambda w: services.degrade_service(_cart(w))),
    "stop service": ("services", lambda w: services.stop_service(_cart(w))),
    "start service": ("services", lambda w: services.start_service(_cart(w))),
    "retire service": ("services", lambda w: services.retire_service(_cart(w))),
    "retire all": ("services", lambda w: services.retire_all(reason="x")),
    "record results": ("health", lambda w: record_results([])),
    "detect drift": ("drift", lambda w: look()),
    "acknowledge finding": ("drift", lambda w: drift.acknowledge_finding(NOBODY, reason="x")),
    "unacknowledge finding": ("drift", lambda w: drift.unacknowledge_finding(NOBODY)),
    "resolve finding": ("drift", lambda w: drift.resolve_finding(NOBODY, reason="x")),
    "move findings": ("drift", lambda w: move_findings([], "resolve", reason="x")),
    "resolve all findings": ("drift", lambda w: drift.resolve_all(reason="x")),
    "create ignore rule": (
        "drift",
        lambda w: drift.create_ignore_rule(kind="image", reason="x", expires_at=in_days(1))),
    "end ignore rule": ("drift", lambda w: drift.end_ignore_rule(NOBODY, reason="x")),
    "request exception": (
        "retention",
        lambda w: exceptions.request_exception(
            data_class="step-log", reason="x", legal_basis="x",
            lapses_at=datetime(2099, 1, 1, tzinfo=UTC))),
    "withdraw exception": ("retention", lambda w: exceptions.withdraw_exception(NOBODY)),
    "change policy": ("scaling", lambda w: change_policy(_cart(w), Bounds.fixed(5))),
    "change policies": ("scaling", lambda w: change_policies({_cart(w): Bounds.fixed(5)})),
}  # fmt: skip


@pytest.mark.attacks("rights")
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
    "rename": ("tenants", lambda w: rename_tenant("acme", name="Another")),
    "edit environment": (
        "environments", lambda w: environments.edit_environment(_somewhere(w), name="another")),
    "register vault": (
        "tenants", lambda w: register_vault(tenant_id="acme", name="acme-further")),
    "request environment": (
        "environments",
        lambda w: environments.request_environment(tenant_id="acme", **FIELDS)),
    "create environment": ("environments", lambda w: requested_environment()),
    **{
        verb.__name__.replace("_", " "): ("environments", lambda w, v=verb: v(_somewhere(w)))
        for verb in (
            environments.provision_environment, environments.complete_environment,
            environments.abandon_environment, environments.decommission_environment,
            begin_decommissioning, environments.finish_decommissioning_environment,
        )
    },
    "fail environment": (
        "environments", lambda w: environments.fail_environment(_somewhere(w), reason="x")),
    "freeze all": ("freezes", lambda w: create_freeze(scope="all", window=Window(), reason="x")),
    "end a freeze of all": ("freezes", lambda w: end_freeze(NOBODY, reason="x")),
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
    "ask return": (
        "governance",
        lambda w: returns.ask_return(data_class="step-log", days=90, reason="x")),
    "confirm return": ("governance", lambda w: returns.confirm_return(NOBODY)),
    "decline return": ("governance", lambda w: returns.decline_return(NOBODY)),
    "lift hold": ("governance", lambda w: retention.lift_hold(NOBODY)),
    "change quota": ("bindings", lambda w: bindings.change_quota(_binding(w), quota={})),
    **{
        verb.__name__.replace("_", " "): ("bindings", lambda w, v=verb: v(_binding(w)))
        for verb in (
            bindings.activate_binding, bindings.suspend_binding, bindings.resume_binding,
            release_binding,
        )
    },
    "invite to the platform": (
        "people",
        lambda w: invitations.invite(
            tenant_id="platform", email="x@x.test", role=Role.PLATFORM_VIEWER, link=str)),
    "invite a first admin": (
        "people",
        lambda w: invitations.invite(
            tenant_id="acme", email="x@x.test", role=Role.TENANT_ADMIN, link=str)),
    "revoke an invitation to the platform": (
        "people", lambda w: invitations.revoke_invitation(NOBODY)),
    "grant a role of the platform": (
        "people",
        lambda w: people.grant_role(
            person=w.platform[Role.PLATFORM_VIEWER], tenant_id="platform",
            role=Role.PLATFORM_ADMIN)),
    "end a role of the platform": (
        "people", lambda w: people.end_role(NOBODY, reason="x")),
    "erase anybody": ("people", lambda w: erasing.erase_person(NOBODY)),
    "propose an officer": (
        "people",
        lambda w: officers.propose_officer(
            person_id=w.platform[Role.PLATFORM_VIEWER].id, reason="x")),
    "withdraw a proposal": (
        "people", lambda w: officers.withdraw_officer(NOBODY, reason="x")),
    "confirm an officer": (
        "officers", lambda w: officers.confirm_officer(NOBODY, reason="x")),
    "decline an officer": (
        "officers", lambda w: officers.decline_officer(NOBODY, reason="x")),
    "end an officer": ("officers", lambda w: officers.end_officer(NOBODY, reason="x")),
    "enter a tenant": ("visits", lambda w: visits.start_visit(tenant_id="acme", reason="x")),
    "run a job": ("jobs", lambda w: run_job("make_days", reason="x")),
    "leave a tenant": ("visits", lambda w: visits.leave_visit(NOBODY)),
}  # fmt: skip
# What a tenant's people write in the control plane.
PEOPLE: dict[str, tuple[str, Act]] = {
    "invite": (
        "people",
        lambda w: invitations.invite(
            tenant_id="acme", email="x@x.test", role=Role.TENANT_VIEWER, link=str)),
    "revoke an invitation": ("people", lambda w: invitations.revoke_invitation(NOBODY)),
    "grant a role": (
        "people",
        lambda w: people.grant_role(
            person=w.acme.people[Role.TENANT_VIEWER], tenant_id="acme",
            role=Role.TENANT_AUDITOR)),
    "end a role": ("people", lambda w: people.end_role(NOBODY, reason="x")),
    "erase": ("people", lambda w: erasing.erase_person(w.acme.people[Role.TENANT_VIEWER].id)),
    "raise a visit": ("people", lambda w: visits.elevate_visit(NOBODY, reason="x")),
    "end a visit": ("people", lambda w: visits.end_visit(NOBODY, reason="x")),
    "make an API client": (
        "clients",
        lambda w: people.create_api_client(
            tenant_id="acme", name="ci", scopes=["runtime.services.read"])),
    "revoke an API client": ("clients", lambda w: people.revoke_api_client(NOBODY)),
}  # fmt: skip
# And what only the platform's do, be they in a tenant or not.
NEVER_INSIDE = ("propose an officer", "confirm an officer", "decline an officer",
                "end an officer", "enter a tenant", "leave a tenant")  # fmt: skip
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


@pytest.mark.attacks("rights")
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


@pytest.mark.parametrize(("operation", "role"), list(itertools.product(PEOPLE, TENANT_ROLES)))
def test_of_a_tenants_people_its_admins_alone_manage_people_and_clients(
    world: World, rolled_back: None, operation: str, role: Role
) -> None:
    resource, act = PEOPLE[operation]
    with as_admin(world.acme, role) as entered:
        if f"runtime.{resource}.write" in ROLE_SCOPES[role]:
            _allowed(lambda: act(world))
        else:
            with pytest.raises(Forbidden, match=rf"runtime\.{resource}\.write"):
                act(world)
            assert entered.entries == []


@pytest.mark.parametrize(("operation", "role"), list(itertools.product(NEVER_INSIDE, TENANT_ROLES)))
def test_what_the_platform_decides_nobody_decides_inside_a_tenant(
    world: World, rolled_back: None, operation: str, role: Role
) -> None:
    with as_admin(world.acme, role) as entered:
        with pytest.raises(Forbidden):
            FLEET[operation][1](world)
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
