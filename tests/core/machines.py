"""The state machines, each with how to make a thing and the operation behind each verb."""

import contextlib
import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.postgres.functions import TransactionNow
from django.db.models import BinaryField

from apps.configurations import operations as configurations
from apps.configurations.models import RuntimeConfiguration
from apps.core import door
from apps.core.access import PLATFORM, Actor, Role
from apps.core.door import Door
from apps.core.errors import Refused
from apps.core.ids import uuid7
from apps.core.states import Transitions
from apps.deployments import marks
from apps.deployments import operations as deployments
from apps.deployments.models import PATH, DeploymentStep, RuntimeDeployment
from apps.drift_findings import operations as drift
from apps.drift_findings.models import IgnoreRule, RuntimeDriftFinding
from apps.environments import operations as environments
from apps.environments.models import RuntimeEnvironment
from apps.freezes.models import Freeze
from apps.freezes.operations import Window, create_freeze, end_freeze
from apps.people import invitations, officers
from apps.people.models import Invitation, Membership, OfficerProposal
from apps.retention import exceptions, runs
from apps.retention import operations as retention
from apps.retention.models import GovernanceException, LegalHold, RetentionRun
from apps.services import operations as services
from apps.services.models import RuntimeService
from apps.services.operations import ServiceSpec
from apps.tenant_bindings import operations as bindings
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.release import release_binding
from tests.core.doors import (
    in_new_environment,
    now,
    on_platform,
    requested_environment,
    rolled_back_as,
)
from tests.drift_findings.seen import in_days, look
from tests.people.roles import somebody
from tests.retention.officers import the_second_officer
from tests.world import OPERATOR, PASSWORD, World, person_actor

Edges = Mapping[str, Mapping[str, str]]  # {verb: {from: to}}


def edges_of(transitions: Transitions) -> Edges:
    return {verb: dict.fromkeys(found.sources, found.target) for verb, found in transitions.items()}


@dataclass(frozen=True)
class Machine:
    """`clocks`: {column: states that set it}. `silent`: verbs that sweep, so never refuse."""

    model: Any
    behind: Callable[[World], AbstractContextManager[Any]]
    make: Callable[[World], UUID]
    verbs: Mapping[str, Callable[[UUID], Any]]
    edges: Edges
    clocks: Mapping[str, tuple[str, ...]]
    silent: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def states(self) -> list[str]:
        return [value for value, _ in self.model._meta.get_field("status").choices]

    @property
    def initial(self) -> str:
        return str(self.model._meta.get_field("status").default)

    def allowed(self) -> set[tuple[str, str]]:
        return {edge for targets in self.edges.values() for edge in targets.items()}

    def way_to(self, state: str) -> list[str]:
        """The verbs of the shortest legal way from the first state."""
        ways: dict[str, list[str]] = {self.initial: []}
        queue = deque([self.initial])
        while state not in ways:
            here = queue.popleft()
            for verb, targets in self.edges.items():
                if here in targets and targets[here] not in ways:
                    ways[targets[here]] = [*ways[here], verb]
                    queue.append(targets[here])
        return ways[state]

    def bring_to(self, world: World, state: str) -> tuple[UUID, set[str]]:
        """A new thing in that state, and the states it has been in."""
        identifier, here = self.make(world), self.initial
        seen = {here}
        for verb in self.way_to(state):
            self.verbs[verb](identifier)
            here = self.edges[verb][here]
            seen.add(here)
        assert self.row(identifier)["status"] == state
        return identifier, seen

    def row(self, identifier: UUID) -> dict[str, Any]:
        """But for hashes, which no login of the web reads."""
        read = [f.attname for f in self.model._meta.concrete_fields if type(f) is not BinaryField]
        return dict(self.model.objects.filter(id=identifier).values(*read).get())


def pairs(machine: Machine) -> list[tuple[str, str]]:
    return list(itertools.product(machine.states, machine.verbs))


def check_pair(machine: Machine, world: World, state: str, verb: str) -> None:
    """An allowed pair ends in the target with its clock set; any other changes nothing."""
    with machine.behind(world) as entered:
        identifier, seen = machine.bring_to(world, state)
        entered.entries.clear()
        before = machine.row(identifier)
        target = machine.edges[verb].get(state)
        if target is None:
            if verb in machine.silent:
                machine.verbs[verb](identifier)
            else:
                with pytest.raises(Refused):
                    machine.verbs[verb](identifier)
            assert machine.row(identifier) == before
            assert entered.entries == []
            return
        machine.verbs[verb](identifier)
        after = machine.row(identifier)
        assert after["status"] == target
        for column, states in machine.clocks.items():
            expected = now() if (seen | {target}) & set(states) else None
            assert after[column] == expected, column
        assert len(entered.entries) == 1
        assert entered.entries[0].before is not None


def _environment(world: World) -> UUID:
    return environments.request_environment(
        tenant_id=world.acme.slug, project_id="states", name="one of its own", stage="dev",
        region="northeurope", isolation_model="silo",
    ).id  # fmt: skip


def _binding(world: World) -> UUID:
    return bindings.request_binding(
        tenant_id=world.acme.slug, environment_id=requested_environment(), quota={}
    ).id


def _configuration(world: World) -> UUID:
    return configurations.draft_configuration(payload={"colour": "blue"}).id


def _deployment(world: World) -> UUID:
    return deployments.request_deployment(release_ref="r1", gate="external").id


def _step(world: World) -> UUID:
    deployment = deployments.request_deployment(release_ref="r1", steps=["one", "two"])
    return deployments.steps_of(deployment)[0].id


def _service(world: World) -> UUID:
    return services.create_services([ServiceSpec("api", "registry.test/api:1", "1", 1)])[0].id


def _freeze(world: World) -> UUID:
    far = Window(datetime(2099, 1, 1, tzinfo=UTC), datetime(2099, 1, 2, tzinfo=UTC))
    return create_freeze(scope="all", window=far, reason="a far year").id


def _finding(world: World) -> UUID:
    return look(cart=("registry.test/cart:2", 2)).unresolved[0].id


def _ignore_rule(world: World) -> UUID:
    return drift.create_ignore_rule(kind="image", reason="because", expires_at=in_days(7)).id


def _invitation(world: World) -> UUID:
    """To the platform. Its token is its id: the letter of `invite` would have another."""
    identifier, actor = uuid7(), door.entered().actor
    Invitation.objects.create(
        id=identifier,
        tenant_id=PLATFORM,
        email=f"{identifier}@people.test",
        role=Role.PLATFORM_VIEWER,
        token_hash=hashlib.sha256(str(identifier).encode()).digest(),
        invited_by=actor.id,
        expires_at=TransactionNow() + timedelta(days=1),
    )
    return identifier


def _accept(identifier: UUID) -> Any:
    came = Actor("person", None, "", "127.0.0.1", "request")
    return invitations.accept_as_new(
        token=str(identifier), name="Somebody new", password=PASSWORD, came=came
    )


def _expire(identifier: UUID) -> None:
    """As the sweep does it, which leaves what is not due yet: tests/people/test_invitations."""
    invitation = Invitation.objects.get(id=identifier)
    invitation.move("expire")
    invitation.save(update_fields=["status"])


@contextlib.contextmanager
def _as_admin(world: World) -> Iterator[Door]:
    """In person, with the owner's login too: nothing about officers is done at the shell."""
    with enter_platform(actor=person_actor(world.platform[Role.PLATFORM_ADMIN])) as entered:
        yield entered


def _proposal(world: World) -> UUID:
    return officers.propose_officer(
        person_id=somebody(platform=Role.PLATFORM_VIEWER).id, reason="knows the rules"
    ).id


def _by_an_officer(operation: Callable[..., Any]) -> Callable[[UUID], Any]:
    def decide(identifier: UUID) -> Any:
        seats = Membership.objects.filter(role=Role.GOVERNANCE_OFFICER, ended_at=None)
        proposed = OfficerProposal.objects.get(id=identifier).person_id
        seat = seats.exclude(person=proposed).select_related("person").order_by("id")[0]
        with enter_platform(actor=person_actor(seat.person)):
            return operation(identifier, reason="because")

    return decide


def _reasoned(operation: Callable[..., Any]) -> Callable[[UUID], Any]:
    return lambda identifier: operation(identifier, reason="because")


@contextlib.contextmanager
def _as_officer(world: World) -> Iterator[Door]:
    """In person, with the owner's login too."""
    with enter_platform(actor=person_actor(world.platform[Role.GOVERNANCE_OFFICER])) as entered:
        yield entered


@contextlib.contextmanager
def _as_steward(world: World) -> Iterator[Door]:
    """Whoever asks: no other login but the owner's writes the record of a run."""
    alias = "owner" if door.current_alias() == "owner" else "steward"
    with contextlib.ExitStack() as stack:
        if alias == "steward":
            stack.enter_context(rolled_back_as(alias))
        yield stack.enter_context(enter_platform(actor=OPERATOR))


def _hold(world: World) -> UUID:
    return retention.place_hold(
        tenant_id=world.acme.slug, data_classes=["step-log"], matter="a matter", reason="because"
    ).id


def _lift(identifier: UUID) -> Any:
    with enter_platform(actor=the_second_officer()):
        return retention.lift_hold(identifier)


def _exception(world: World) -> UUID:
    admin = person_actor(world.acme.people[Role.TENANT_ADMIN])
    with enter_tenant(world.acme.slug, actor=admin, partition="public", writing=True):
        return exceptions.request_exception(
            data_class="step-log", reason="because", legal_basis="a law", lapses_at=in_days(7)
        ).id


def _run(world: World) -> UUID:
    return RetentionRun.objects.create(
        tenant_id=PLATFORM, as_of=now(), dry_run=True, started_by_kind="operator"
    ).id


def _ended(verb: str, action: str) -> Callable[[UUID], Any]:
    return lambda identifier: runs._end(
        RetentionRun.objects.get(id=identifier), verb, f"retention_run.{action}", "because"
    )


ENVIRONMENT = Machine(
    RuntimeEnvironment, on_platform, _environment,
    verbs={
        "provision": environments.provision_environment,
        "complete": environments.complete_environment,
        "fail": _reasoned(environments.fail_environment),
        "decommission": environments.decommission_environment,
        "abandon": environments.abandon_environment,
        "finish_decommissioning": environments.finish_decommissioning_environment,
    },
    edges=edges_of(RuntimeEnvironment.TRANSITIONS),
    clocks={"provisioned_at": ("Provisioned",), "decommissioned_at": ("Decommissioned",)},
)  # fmt: skip
BINDING = Machine(
    RuntimeTenantBinding, on_platform, _binding,
    verbs={
        "activate": bindings.activate_binding,
        "suspend": _reasoned(bindings.suspend_binding),
        "resume": _reasoned(bindings.resume_binding),
        "release": _reasoned(release_binding),
    },
    edges=edges_of(RuntimeTenantBinding.TRANSITIONS),
    clocks={"activated_at": ("Active",), "released_at": ("Released",)},
)  # fmt: skip
CONFIGURATION = Machine(
    RuntimeConfiguration, in_new_environment, _configuration,
    verbs={
        "publish": configurations.publish_configuration,
        "supersede": lambda _: configurations.supersede_all(reason="because"),
        "discard": _reasoned(configurations.discard_configuration),
    },
    edges=edges_of(RuntimeConfiguration.TRANSITIONS),
    clocks={
        "published_at": ("Published",),
        "superseded_at": ("Superseded",),
        "discarded_at": ("Discarded",),
    },
    silent=("supersede",),
)  # fmt: skip
DEPLOYMENT = Machine(
    RuntimeDeployment, in_new_environment, _deployment,
    verbs={
        "advance": deployments.advance_deployment,
        "fail": _reasoned(deployments.fail_deployment),
        "back_out": _reasoned(deployments.back_out_deployment),
        "finish_back_out": deployments.finish_back_out_deployment,
        "abandon": _reasoned(marks.abandon_deployment),
    },
    edges={
        # Before the deadline nothing is abandoned; after it: test_abandon_deployment.
        "abandon": {},
        "advance": dict(itertools.pairwise(PATH)),
        **{
            verb: targets
            for verb, targets in edges_of(RuntimeDeployment.TRANSITIONS).items()
            if verb in ("fail", "back_out", "finish_back_out")
        },
    },
    clocks={"finished_at": ("Completed", "RolledBack", "Failed")},
)  # fmt: skip
STEP = Machine(
    DeploymentStep, in_new_environment, _step,
    verbs={
        "start": deployments.start_step,
        "succeed": deployments.succeed_step,
        "fail": _reasoned(deployments.fail_step),
        "skip": _reasoned(deployments.skip_step),
    },
    edges=edges_of(DeploymentStep.TRANSITIONS),
    clocks={"started_at": ("Running",), "finished_at": ("Succeeded", "Failed", "Skipped")},
)  # fmt: skip
SERVICE = Machine(
    RuntimeService, in_new_environment, _service,
    verbs={
        "start": services.start_service,
        "run": services.run_service,
        "degrade": services.degrade_service,
        "stop": services.stop_service,
        "retire": services.retire_service,
    },
    edges=edges_of(RuntimeService.TRANSITIONS),
    clocks={"retired_at": ("Retired",)},
)  # fmt: skip
FREEZE = Machine(
    Freeze, on_platform, _freeze,
    verbs={"end": _reasoned(end_freeze)},
    edges=edges_of(Freeze.TRANSITIONS),
    clocks={"ended_at": ("Ended",)},
)  # fmt: skip
FINDING = Machine(
    RuntimeDriftFinding, in_new_environment, _finding,
    verbs={
        "acknowledge": _reasoned(drift.acknowledge_finding),
        "unacknowledge": _reasoned(drift.unacknowledge_finding),
        "resolve": _reasoned(drift.resolve_finding),
    },
    edges=edges_of(RuntimeDriftFinding.TRANSITIONS),
    clocks={"resolved_at": ("Resolved",)},
)  # fmt: skip
IGNORE_RULE = Machine(
    IgnoreRule, in_new_environment, _ignore_rule,
    verbs={"end": _reasoned(drift.end_ignore_rule)},
    edges=edges_of(IgnoreRule.TRANSITIONS),
    clocks={"ended_at": ("Ended",)},
)  # fmt: skip
# Their pairs are tried in tests/people: several logins and doors take part in each.
INVITATION = Machine(
    Invitation, on_platform, _invitation,
    verbs={
        "accept": _accept,
        "revoke": _reasoned(invitations.revoke_invitation),
        "expire": _expire,
    },
    edges=edges_of(Invitation.TRANSITIONS),
    clocks={"decided_at": ("Accepted", "Revoked", "Expired")},
)  # fmt: skip
PROPOSAL = Machine(
    OfficerProposal, _as_admin, _proposal,
    verbs={
        "confirm": _by_an_officer(officers.confirm_officer),
        "decline": _by_an_officer(officers.decline_officer),
        "withdraw": _reasoned(officers.withdraw_officer),
    },
    edges=edges_of(OfficerProposal.TRANSITIONS),
    clocks={"decided_at": ("Confirmed", "Declined", "Withdrawn")},
)  # fmt: skip
# Their pairs are tried in tests/retention.
HOLD = Machine(
    LegalHold, _as_officer, _hold,
    verbs={
        "propose_lift": _reasoned(retention.propose_lift),
        "keep": retention.keep_hold,
        "lift": _lift,
    },
    edges=edges_of(LegalHold.TRANSITIONS),
    clocks={"lifted_at": ("Lifted",)},
)  # fmt: skip
EXCEPTION = Machine(
    GovernanceException, _as_officer, _exception,
    verbs={
        "approve": _reasoned(exceptions.approve_exception),
        "refuse": _reasoned(exceptions.refuse_exception),
        "withdraw": exceptions.withdraw_exception,
    },
    edges=edges_of(GovernanceException.TRANSITIONS),
    clocks={"decided_at": ("Approved", "Refused")},
)  # fmt: skip
RUN = Machine(
    RetentionRun, _as_steward, _run,
    verbs={
        "complete": _ended("complete", "completed"),
        "find_wanting": _ended("find_wanting", "found_wanting"),
        "interrupt": _ended("interrupt", "interrupted"),
    },
    edges=edges_of(RetentionRun.TRANSITIONS),
    clocks={"ended_at": ("Completed", "FoundWanting", "Interrupted")},
)  # fmt: skip
MACHINES = (
    ENVIRONMENT, BINDING, CONFIGURATION, DEPLOYMENT, STEP, SERVICE, FREEZE, FINDING,
    IGNORE_RULE, INVITATION, PROPOSAL, HOLD, EXCEPTION, RUN,
)  # fmt: skip
