"""What a deployment that is under way waits for, in words and as a link. It writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.deployments.models import (
    DeploymentStatus,
    DeploymentStep,
    Gate,
    RuntimeDeployment,
    StepStatus,
)
from apps.health_results import gate

NAMED = 5
_OPEN = (StepStatus.PENDING, StepStatus.RUNNING)
# What whoever deploys says next, by the state that it is said in.
_SAID = {
    DeploymentStatus.REQUESTED: "that it begins to provision",
    DeploymentStatus.PROVISIONING: "that what it runs on is there",
    DeploymentStatus.CONFIGURING: "that the configuration is in its place",
    DeploymentStatus.ROLLING_OUT: "that everything is rolled out",
    DeploymentStatus.HEALTH_GATING: "that its health is judged, elsewhere",
    DeploymentStatus.PROMOTING: "that it takes the traffic",
    DeploymentStatus.ROLLING_BACK: "that it is rolled back",
}


@dataclass(frozen=True)
class Wait:
    """`what` it waits for; `modules` are services that must be seen, `more` of them not named."""

    what: str
    modules: Sequence[str] = ()
    more: int = 0
    step: DeploymentStep | None = None
    verb: str = ""


def waits_for(deployment: RuntimeDeployment, steps: Sequence[DeploymentStep]) -> Wait | None:
    """None where it is over. One query at the health gate, none elsewhere."""
    if deployment.is_final:
        return None
    status = DeploymentStatus(deployment.status)
    if status == DeploymentStatus.HEALTH_GATING and deployment.gate == Gate.HEALTH:
        missing = gate.missing(deployment)
        if missing:
            named = missing[:NAMED]
            return Wait("a fresh Healthy result of", named, len(missing) - len(named))
        return Wait("whoever deploys to go on: the health gate passes now", verb="advance")
    step = next((one for one in steps if one.status in _OPEN), None)
    if status == DeploymentStatus.ROLLING_OUT and step is not None:
        return Wait("a step to end:", step=step)
    verb = "finish-back-out" if status == DeploymentStatus.ROLLING_BACK else "advance"
    return Wait(f"whoever deploys to say {_SAID[status]}", verb=verb)
