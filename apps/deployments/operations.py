"""Every write to a deployment and its steps: one operation a verb."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models.functions import Now

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import published_or_empty, verified
from apps.core import audit, door
from apps.core.errors import Invalid, NotFound, Refused
from apps.deployments.admission import admit
from apps.deployments.logs import write_step_log
from apps.deployments.models import (
    FINAL,
    PATH,
    UNFINISHED,
    DeploymentStatus,
    DeploymentStep,
    Gate,
    RuntimeDeployment,
    Strategy,
)
from apps.health_results import gate as health_gate
from apps.quotas.operations import spend_storage
from apps.search import operations as search

WRITE = "runtime.deployments.write"
# The verb that leads along each edge of the way to Completed.
_VERBS = dict(
    zip(PATH, ("provision", "configure", "roll_out", "gate", "promote", "complete"), strict=False)
)


def request_deployment(
    *,
    release_ref: str,
    strategy: str = Strategy.ROLLING,
    gate: str = Gate.HEALTH,
    reason: str = "",
    configuration: RuntimeConfiguration | None = None,
    steps: Sequence[str] = ("roll out",),
    undoes: RuntimeDeployment | None = None,
    returns_to: RuntimeDeployment | None = None,
    imported: bool = False,
    override_freeze: str = "",
    override_hold: str = "",
) -> RuntimeDeployment:
    """Requested, with its steps, on the Published configuration (an empty one where none is yet).

    Every start passes here. Raises Invalid, and Refused where the environment is not Provisioned, a
    freeze is in force (`override_freeze`: why it goes on, from who may), the release was undone
    by a rollback that is held (`override_hold`: why it goes back; never for an import), or another
    deployment of the tenant there is not final.
    """
    entered = door.require(WRITE)
    fields = {}
    if not release_ref.strip() or len(release_ref) > 200:
        fields["releaseRef"] = ["must be 1 to 200 characters"]
    if strategy not in Strategy.values:
        fields["strategy"] = [f"must be one of {', '.join(Strategy.values)}"]
    if gate not in Gate.values:
        fields["gate"] = [f"must be one of {', '.join(Gate.values)}"]
    if not steps or any(not name.strip() or len(name) > 80 for name in steps):
        fields["steps"] = ["must each have a name of 1 to 80 characters"]
    if fields:
        raise Invalid("The deployment cannot be requested so.", fields=fields)
    status = (entered.binding or {}).get("environmentStatus")
    if status != "Provisioned":
        raise Refused(f"The environment is {status}: it takes deployments only while Provisioned.")
    keys = {"tenant_id": door.tenant(), "environment_id": door.environment()}
    with door.atomic():
        # Whoever starts something here queues at the counter of versions, so that what is asked
        # next is asked of what the one before has left: a rollback's hold, for one.
        published = published_or_empty()
        configuration = verified(configuration or published)
        admission = admit(
            release_ref.strip(),
            imported=imported,
            override_freeze=override_freeze,
            override_hold=override_hold,
        )
        previous = _here().filter(status="Completed").order_by("-id").first()
        try:
            with door.atomic():
                deployment = RuntimeDeployment(
                    **keys,
                    release_ref=release_ref.strip(),
                    strategy=strategy,
                    gate=gate,
                    configuration=configuration,
                    previous_deployment_id=previous.id if previous else None,
                    requested_by=entered.actor.label,
                    reason=reason,
                    undoes_deployment_id=undoes.id if undoes else None,
                    undoes_release_ref=undoes.release_ref if undoes else "",
                    returns_to_deployment_id=returns_to.id if returns_to else None,
                    freeze_override=admission.freeze_override,
                    hold_override=admission.hold_override,
                )
                deployment.save(force_insert=True)
                search.index([deployment])
        except IntegrityError as error:
            raise Refused("Another deployment to this environment is not finished yet.") from error
        spend_storage(rows=1 + len(steps))
        DeploymentStep.objects.bulk_create(
            [
                DeploymentStep(**keys, deployment=deployment, position=position, name=name.strip())
                for position, name in enumerate(steps, start=1)
            ]
        )
        audit_deployment(
            deployment,
            "deployment.requested",
            after={
                **{name: value for name, value in deployment.as_api().items() if value is not None},
                **admission.said(),
            },
            reason=reason,
        )
    return deployment


def advance_deployment(deployment_id: UUID, *, seen: str = "") -> RuntimeDeployment:
    """Along the way to Completed by one state; Refused at the gate while it does not pass.

    `seen`: the state that whoever asks has seen; Refused where it has moved on since.
    """
    door.require(WRITE)
    with door.atomic():
        deployment = _seen(locked(deployment_id), seen)
        verb = _VERBS.get(deployment.status)
        if verb is None:
            raise Refused(f"A {deployment.status} deployment goes no further.")
        if verb == "promote":
            _ask_gate(deployment)
        return move_deployment(deployment, verb, "deployment.advanced")


def fail_deployment(deployment_id: UUID, *, reason: str) -> RuntimeDeployment:
    """Any state that is not final → Failed. It does not undo what was done already."""
    door.require(WRITE)
    if not reason.strip():
        raise Invalid.field("reason", "Say why it failed.")
    with door.atomic():
        return move_deployment(locked(deployment_id), "fail", "deployment.failed", reason)


def back_out_deployment(deployment_id: UUID, *, reason: str) -> RuntimeDeployment:
    """HealthGating → RollingBack."""
    door.require(WRITE)
    with door.atomic():
        return move_deployment(locked(deployment_id), "back_out", "deployment.backing_out", reason)


def finish_back_out_deployment(deployment_id: UUID, *, seen: str = "") -> RuntimeDeployment:
    """RollingBack → RolledBack. `seen` as in `advance_deployment`."""
    door.require(WRITE)
    with door.atomic():
        deployment = _seen(locked(deployment_id), seen)
        return move_deployment(deployment, "finish_back_out", "deployment.rolled_back")


def fail_all(*, reason: str) -> None:
    """Every unfinished deployment of the environment → Failed."""
    for identifier in _here().filter(status__in=UNFINISHED).values_list("id", flat=True):
        fail_deployment(identifier, reason=reason)


def carry_to_completed(deployment: RuntimeDeployment, logs: Sequence[str]) -> RuntimeDeployment:
    """Takes a deployment that was gated elsewhere through every state, step by step.

    `logs`: one text for each step. The walk is one audit entry a state, like any other's.
    """
    with door.atomic():
        while deployment.status != DeploymentStatus.ROLLING_OUT:
            deployment = advance_deployment(deployment.id)
        for step, text in zip(steps_of(deployment), logs, strict=True):
            start_step(step.id)
            finished = succeed_step(step.id)
            if text:
                write_step_log(finished, text.encode())
        while not deployment.is_final:
            deployment = advance_deployment(deployment.id)
    return deployment


def steps_of(deployment: RuntimeDeployment) -> list[DeploymentStep]:
    """In their order."""
    return list(DeploymentStep.objects.filter(deployment=deployment).order_by("position"))


def start_step(step_id: UUID) -> DeploymentStep:
    """Pending → Running."""
    return _move_step(step_id, "start", "step.started")


def succeed_step(step_id: UUID) -> DeploymentStep:
    """Running → Succeeded."""
    return _move_step(step_id, "succeed", "step.succeeded")


def fail_step(step_id: UUID, *, reason: str) -> DeploymentStep:
    """Running → Failed."""
    return _move_step(step_id, "fail", "step.failed", reason)


def skip_step(step_id: UUID, *, reason: str) -> DeploymentStep:
    """Pending → Skipped."""
    return _move_step(step_id, "skip", "step.skipped", reason)


def locked(deployment_id: UUID) -> RuntimeDeployment:
    """The row, locked until the commit; NotFound where there is none to be seen."""
    try:
        return _here().select_for_update().get(id=deployment_id)
    except RuntimeDeployment.DoesNotExist as error:
        raise NotFound(f"There is no deployment {deployment_id}.") from error


def _seen(deployment: RuntimeDeployment, seen: str) -> RuntimeDeployment:
    if seen and seen != deployment.status:
        raise Refused(f"It is {deployment.status} by now and was {seen} when you looked.")
    return deployment


def _ask_gate(deployment: RuntimeDeployment) -> None:
    if deployment.gate != Gate.EXTERNAL:
        health_gate.ask(deployment)


def _here() -> Any:
    return RuntimeDeployment.objects.filter(environment_id=door.environment())


def move_deployment(
    deployment: RuntimeDeployment, verb: str, action: str, reason: str = ""
) -> RuntimeDeployment:
    before = deployment.status
    deployment.move(verb)
    deployment.save(update_fields=["status"])
    if deployment.status in FINAL:
        deployment.refresh_from_db(fields=["finished_at"])
    audit_deployment(
        deployment,
        action,
        before={"status": before},
        after={"status": deployment.status},
        reason=reason,
    )
    return deployment


def _move_step(step_id: UUID, verb: str, action: str, reason: str = "") -> DeploymentStep:
    door.require(WRITE)
    with door.atomic():
        step = _locked_step(step_id)
        before = step.status
        step.move(verb)
        step.save(update_fields=["status"])
        # The guard writes its own time, whatever is written here.
        _here().filter(id=step.deployment_id, status__in=UNFINISHED).update(deadline_at=Now())
        audit.record(
            action,
            object_type="deployment",
            object_id=step.deployment_id,
            environment_id=step.environment_id,
            before={"step": step.name, "status": before},
            after={"step": step.name, "status": step.status},
            reason=reason,
        )
    return step


def _locked_step(step_id: UUID) -> DeploymentStep:
    """The step, locked after its deployment: who walks a deployment locks them in that order."""
    steps = DeploymentStep.objects.filter(id=step_id, environment_id=door.environment())
    try:
        locked(steps.get().deployment_id)
        found: DeploymentStep = steps.select_for_update().get()
        return found
    except DeploymentStep.DoesNotExist as error:
        raise NotFound(f"There is no step {step_id}.") from error


def audit_deployment(deployment: RuntimeDeployment, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="deployment",
        object_id=deployment.id,
        environment_id=deployment.environment_id,
        **values,
    )
