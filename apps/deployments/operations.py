"""Every write to a deployment and its steps: one operation a verb."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import published_or_empty, verified
from apps.core import audit, door
from apps.core.errors import Invalid, NotFound, Refused
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
from apps.quotas.operations import spend_storage

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
) -> RuntimeDeployment:
    """Requested, with its steps, on the Published configuration (an empty one where none is yet).

    Raises Invalid, and Refused where the environment is not Provisioned or another deployment of
    the tenant there is not final.
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
        configuration = verified(configuration or published_or_empty())
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
                )
                deployment.save(force_insert=True)
        except IntegrityError as error:
            raise Refused("Another deployment to this environment is not finished yet.") from error
        spend_storage(rows=1 + len(steps))
        DeploymentStep.objects.bulk_create(
            [
                DeploymentStep(**keys, deployment=deployment, position=position, name=name.strip())
                for position, name in enumerate(steps, start=1)
            ]
        )
        _audit(deployment, "deployment.requested", after=deployment.as_api(), reason=reason)
    return deployment


def advance_deployment(deployment_id: UUID) -> RuntimeDeployment:
    """Along the way to Completed by one state; Refused at the gate while it does not pass."""
    door.require(WRITE)
    with door.atomic():
        deployment = locked(deployment_id)
        verb = _VERBS.get(deployment.status)
        if verb is None:
            raise Refused(f"A {deployment.status} deployment goes no further.")
        if verb == "promote":
            _ask_gate(deployment)
        return _move(deployment, verb, "deployment.advanced")


def fail_deployment(deployment_id: UUID, *, reason: str) -> RuntimeDeployment:
    """Any state that is not final → Failed. It does not undo what was done already."""
    door.require(WRITE)
    if not reason.strip():
        raise Invalid.field("reason", "Say why it failed.")
    with door.atomic():
        return _move(locked(deployment_id), "fail", "deployment.failed", reason)


def back_out_deployment(deployment_id: UUID, *, reason: str) -> RuntimeDeployment:
    """HealthGating → RollingBack."""
    door.require(WRITE)
    with door.atomic():
        return _move(locked(deployment_id), "back_out", "deployment.backing_out", reason)


def finish_back_out_deployment(deployment_id: UUID) -> RuntimeDeployment:
    """RollingBack → RolledBack."""
    door.require(WRITE)
    with door.atomic():
        return _move(locked(deployment_id), "finish_back_out", "deployment.rolled_back")


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


def _ask_gate(deployment: RuntimeDeployment) -> None:
    # Fails closed: nothing records health results yet, so no deployment can pass by them.
    if deployment.gate != Gate.EXTERNAL:
        raise Refused(
            "The health gate does not pass: no service that it touched has a Healthy result."
        )


def _here() -> Any:
    return RuntimeDeployment.objects.filter(environment_id=door.environment())


def _move(
    deployment: RuntimeDeployment, verb: str, action: str, reason: str = ""
) -> RuntimeDeployment:
    before = deployment.status
    deployment.move(verb)
    deployment.save(update_fields=["status"])
    if deployment.status in FINAL:
        deployment.refresh_from_db(fields=["finished_at"])
    _audit(
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
        try:
            step = DeploymentStep.objects.select_for_update().get(
                id=step_id, environment_id=door.environment()
            )
        except DeploymentStep.DoesNotExist as error:
            raise NotFound(f"There is no step {step_id}.") from error
        before = step.status
        step.move(verb)
        step.save(update_fields=["status"])
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


def _audit(deployment: RuntimeDeployment, action: str, **values: Any) -> None:
    audit.record(
        action,
        object_type="deployment",
        object_id=deployment.id,
        environment_id=deployment.environment_id,
        **values,
    )
