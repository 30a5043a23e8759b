"""Rolling back: a new deployment of the release of an earlier Completed one.

Promises: history is never rewritten; what was published then is published anew, as a version of
its own with the same checksum; services are as they were after it (those that came later are
retired, those that had gone are made again); and what it returned to is held until a person
releases it. All of it, or nothing. Stands apart from `operations` because it sets off what stands
above that module.
"""

from typing import Any
from uuid import UUID

from apps.configurations.operations import draft_configuration, publish_configuration, verified
from apps.core import door
from apps.core.errors import Invalid, NotFound, Refused
from apps.deployments.models import DeploymentProduct, Gate, RuntimeDeployment
from apps.deployments.operations import (
    WRITE,
    advance_deployment,
    carry_to_completed,
    request_deployment,
    start_step,
    steps_of,
    succeed_step,
)
from apps.deployments.state import products_up_to
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import Bounds, bounds_of
from apps.services.models import RuntimeService
from apps.services.operations import ServiceSpec, apply_release, live_services, run_services

STEPS = ("publish configuration", "apply services")
TO_THE_GATE = ("Provisioning", "Configuring", "RollingOut", "HealthGating")


def roll_back(
    *,
    deployment_id: UUID,
    to: UUID,
    reason: str,
    gate: str = Gate.HEALTH,
    override_freeze: str = "",
    override_hold: str = "",
) -> RuntimeDeployment:
    """Undoes `deployment_id` by returning to `to`; ends at the health gate unless gated elsewhere.

    With gate `external` it is carried to Completed at once. Raises NotFound for what is to be
    undone, Invalid, and Refused where `to` is no target (see `why_not`) or as
    `request_deployment` does.
    """
    door.require(WRITE)
    if not reason.strip() or len(reason) > 2000:
        raise Invalid.field("reason", "Say why, in 1 to 2000 characters.")
    with door.atomic():
        undone = _found(deployment_id)
        if undone is None:
            raise NotFound(f"There is no deployment {deployment_id}.")
        target = _found(to, lock=True)  # nobody marks it bad meanwhile
        if problem := why_not(target, undone):
            raise Refused(problem, fields={"returnsTo": [problem]})
        assert target is not None
        draft = draft_configuration(payload=verified(target.configuration).payload)
        configuration = publish_configuration(draft.id)
        deployment = request_deployment(
            release_ref=target.release_ref,
            strategy=target.strategy,
            gate=gate,
            reason=reason.strip(),
            configuration=configuration,
            steps=STEPS,
            undoes=undone,
            returns_to=target,
            override_freeze=override_freeze,
            override_hold=override_hold,
        )
        specs = specs_of(target)  # after the request, behind which other writers queue
        applied = apply_release(deployment, specs, retire_missing=True)
        if gate == Gate.EXTERNAL:
            run_services([spec.module_id for spec in specs if spec.replicas > 0])
            published = f"version {configuration.version} checksum {configuration.checksum}\n"
            lines = [f"{verb} {name}" for verb, names in vars(applied).items() for name in names]
            return carry_to_completed(deployment, [published, "\n".join(lines) + "\n"])
        return _to_the_gate(deployment)


def why_not(target: RuntimeDeployment | None, undone: RuntimeDeployment) -> str:
    """Why that one cannot be returned to; empty where it can."""
    if target is None:
        return "There is no such deployment here to return to, or its row has gone."
    if target.status != "Completed":
        return f"{target.release_ref} is {target.status}: only a Completed one is returned to."
    if target.id >= undone.id:
        return f"{target.release_ref} is not earlier than what is to be undone."
    if target.is_bad:
        return f"{target.release_ref} is marked bad: {target.bad_reason}"
    return ""


def earlier_completed(undone: RuntimeDeployment) -> Any:
    """Those that may be chosen from, marked bad or not: a queryset."""
    return RuntimeDeployment.objects.select_related("configuration").filter(
        environment_id=undone.environment_id, status="Completed", id__lt=undone.id
    )


def specs_of(target: RuntimeDeployment) -> list[ServiceSpec]:
    """The services to have again: image, version and replicas of then, the rest as it is now.

    What is not live any more takes the rest from its last row, while there is one. The bounds of a
    policy widen where they do not admit the replicas of then.
    """
    products = products_up_to(target)
    live = live_services()
    services = {s.module_id: s for s in _rows(products, live)}
    policies = {
        policy.service_id: bounds_of(policy)
        for policy in ScalingPolicy.objects.filter(
            environment_id=target.environment_id, service__in=[s.id for s in services.values()]
        )
    }
    return [
        _spec(product, service, policies.get(service.id) if service else None)
        for product in products.values()
        for service in [services.get(product.module_id)]
    ]


def _found(identifier: UUID, *, lock: bool = False) -> RuntimeDeployment | None:
    rows = RuntimeDeployment.objects.select_related("configuration")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found: RuntimeDeployment | None = rows.filter(
        id=identifier, environment_id=door.environment()
    ).first()
    return found


def _rows(
    products: dict[str, DeploymentProduct], live: dict[str, RuntimeService]
) -> list[RuntimeService]:
    """The live row of each module, else the row that ran then, if it is there still."""
    gone = [p.service_id for name, p in products.items() if name not in live]
    kept = RuntimeService.objects.filter(environment_id=door.environment(), id__in=gone)
    return [*(live[name] for name in products if name in live), *(kept if gone else ())]


def _spec(
    product: DeploymentProduct, service: RuntimeService | None, bounds: Bounds | None
) -> ServiceSpec:
    replicas = product.replicas_after or 0
    if bounds is not None:
        low, high = min(bounds.min_replicas, replicas), max(bounds.max_replicas, replicas)
        bounds = Bounds(bounds.metric, low, high, bounds.target_utilization_percent)
    rest = {} if service is None else {
        "component_type": service.component_type,
        "compute_target": service.compute_target,
        "endpoint_url": service.endpoint_url,
    }  # fmt: skip
    return ServiceSpec(
        module_id=product.module_id,
        image=product.image_after,
        version=product.version_after,
        replicas=replicas,
        bounds=bounds,
        **rest,
    )


def _to_the_gate(deployment: RuntimeDeployment) -> RuntimeDeployment:
    for state in TO_THE_GATE:
        deployment = advance_deployment(deployment.id)
        if state == "RollingOut":
            for step in steps_of(deployment):
                start_step(step.id)
                succeed_step(step.id)
    return deployment
