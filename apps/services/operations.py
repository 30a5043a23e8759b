"""Every write to a service. What a service runs changes by a deployment, always.

Outside one, a deployment of one step is made for the request itself (one for a bulk request),
gated `external`, so that a service's deploymentId is never empty and history is whole.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models.functions import Now

from apps.core import audit, door
from apps.core.errors import Invalid, NotFound, Refused
from apps.deployments import operations as deployments
from apps.deployments.models import DeploymentStatus, Gate, RuntimeDeployment
from apps.deployments.operations import carry_to_completed, request_deployment
from apps.quotas.operations import lock_usage
from apps.services.models import RuntimeService
from apps.services.releases import WRITE, apply_release, live_services, retire_rows
from apps.services.specs import FIELDS, Applied, ServiceSpec, check_specs, differs

__all__ = [
    "Applied", "ServiceSpec", "apply_by_hand", "apply_release", "change_service", "check_specs",
    "create_services", "degrade_service", "differs", "live_services", "retire_all",
    "retire_service", "roll_out", "run_service", "run_services", "start_service", "stop_service",
]  # fmt: skip


def create_services(
    specs: Sequence[ServiceSpec], *, reason: str = "", override_freeze: str = ""
) -> list[RuntimeService]:
    """Makes services by hand, with their policies and one deployment for all.

    Refused where a moduleId is live there already, and as `request_deployment` does; Invalid lists
    every bad item.
    """
    door.require(WRITE)
    if not specs:
        raise Invalid.field("services", "Name at least one.")
    check_specs(specs)
    with door.atomic():
        # Whoever else makes or changes services here waits at the deployment, so what is live is
        # asked after it: asked before, the second of two would change what the first has made.
        deployment = _by_hand(
            f"{len(specs)} made by hand", "create services", reason, override_freeze
        )
        taken = set(live_services()) & {spec.module_id for spec in specs}
        if taken:
            raise Refused(f"Live here already: {', '.join(sorted(taken))}.")
        try:
            with door.atomic():
                apply_release(deployment, specs, retire_missing=False)
        except IntegrityError as error:
            raise Refused("Somebody made one of these services just now.") from error
        _finish(deployment, specs)
        live = live_services()
        return [live[spec.module_id] for spec in specs]


def apply_by_hand(
    wanted: Callable[[], Sequence[ServiceSpec]],
    release_ref: str,
    step: str,
    reason: str,
    override_freeze: str = "",
) -> None:
    """Makes or changes what `wanted` says, with its policies, as one deployment; keeps the rest.

    `wanted` is asked behind the locks, so that nobody changes what it has looked at. Raises as
    request_deployment and apply_release do.
    """
    door.require(WRITE)
    with door.atomic():
        deployment = _by_hand(release_ref, step, reason, override_freeze)
        lock_usage()
        specs = wanted()
        apply_release(deployment, specs, retire_missing=False)
        _finish(deployment, specs)


def roll_out(
    deployment_id: UUID, wanted: Callable[[Collection[str]], Sequence[ServiceSpec]]
) -> Applied:
    """Makes or changes services as the work of a deployment that is RollingOut; keeps the rest.

    `wanted` as in `apply_by_hand`; it is told the moduleIds that the deployment has rolled out
    already. Refused in any other state; raises as `apply_release` does.
    """
    door.require(WRITE)
    with door.atomic():
        deployment = deployments.locked(deployment_id)
        if deployment.status != DeploymentStatus.ROLLING_OUT:
            raise Refused(f"It takes services while it is RollingOut; it is {deployment.status}.")
        lock_usage()
        done = set(deployment.products.values_list("module_id", flat=True))
        return apply_release(deployment, wanted(done), retire_missing=False)


def change_service(
    service_id: UUID, *, reason: str = "", override_freeze: str = "", **changes: Any
) -> RuntimeService:
    """Changes image, version, replicas, component_type, compute_target or endpoint_url.

    What leaves everything as it was makes no deployment and no entry. Refused as
    `request_deployment` does.
    """
    door.require(WRITE)
    with door.atomic():
        service = _found(service_id)
        if differs(service, _changed(service, changes)):
            # The deployment comes before the row's lock, as in create_services: in the other
            # order two writers would wait for each other.
            deployment = _by_hand(
                f"{service.module_id} changed by hand", "change service", reason, override_freeze
            )
            lock_usage()
            spec = _changed(locked(service_id), changes)
            apply_release(deployment, [spec], retire_missing=False)
            _finish(deployment, [spec])
        return _found(service_id)


def _changed(service: RuntimeService, changes: dict[str, Any]) -> ServiceSpec:
    """What the service is to be; Refused for a retired one, Invalid for what cannot be."""
    if service.status == "Retired":
        raise Refused("A Retired service does not change any more.")
    current = {name: getattr(service, name) for name in FIELDS}
    spec = replace(ServiceSpec(module_id=service.module_id, **current), **changes)
    check_specs([spec])
    return spec


def run_services(module_ids: Sequence[str]) -> None:
    """Pending, Degraded or Stopped → Running for what a completed release started.

    Nobody has seen them yet: lastObservedAt stays, so that they are shown as stale.
    """
    door.require(WRITE)
    RuntimeService.objects.filter(
        environment_id=door.environment(),
        module_id__in=module_ids,
        status__in=RuntimeService.TRANSITIONS["run"].sources,
    ).update(status="Running")


def run_service(service_id: UUID, *, reason: str = "") -> RuntimeService:
    """Pending, Degraded or Stopped → Running: seen at work."""
    return _move(service_id, "run", "service.running", reason, observed=True)


def degrade_service(service_id: UUID, *, reason: str = "") -> RuntimeService:
    """Running or Stopped → Degraded: seen ailing."""
    return _move(service_id, "degrade", "service.degraded", reason, observed=True)


def stop_service(service_id: UUID, *, reason: str = "") -> RuntimeService:
    """Pending, Running or Degraded → Stopped."""
    return _move(service_id, "stop", "service.stopped", reason)


def start_service(service_id: UUID, *, reason: str = "") -> RuntimeService:
    """Stopped → Pending."""
    return _move(service_id, "start", "service.started", reason)


def retire_service(service_id: UUID, *, reason: str = "") -> RuntimeService:
    """Any live state → Retired (final); its window begins."""
    return _move(service_id, "retire", "service.retired", reason)


def retire_all(*, reason: str) -> None:
    """Every live service of the environment → Retired, in one statement and one entry."""
    door.require(WRITE)
    with door.atomic():
        live = live_services(lock=True)
        if live:
            retire_rows([service.id for service in live.values()])
            audit.record(
                "services.retired",
                object_type="environment",
                object_id=door.environment(),
                environment_id=door.environment(),
                after={"count": len(live), "modules": sorted(live)[:100]},
                reason=reason,
            )


def locked(service_id: UUID) -> RuntimeService:
    """The row, locked until the commit; NotFound where there is none to be seen."""
    return _found(service_id, RuntimeService.objects.select_for_update())


def _found(service_id: UUID, among: Any = None) -> RuntimeService:
    rows = RuntimeService.objects if among is None else among
    try:
        found: RuntimeService = rows.get(id=service_id, environment_id=door.environment())
        return found
    except RuntimeService.DoesNotExist as error:
        raise NotFound(f"There is no service {service_id}.") from error


def _by_hand(release_ref: str, step: str, reason: str, override_freeze: str) -> RuntimeDeployment:
    why = reason or "by hand"
    return request_deployment(
        release_ref=release_ref,
        gate=Gate.EXTERNAL,
        reason=why,
        steps=[step],
        override_freeze=override_freeze,
        # What was changed by hand and undone is changed again by hand: a person's own decision.
        override_hold=why,
    )


def _finish(deployment: RuntimeDeployment, specs: Sequence[ServiceSpec]) -> None:
    lines = [f"{spec.module_id}: {spec.image} x {spec.replicas}" for spec in specs[:1000]]
    carry_to_completed(deployment, ["\n".join(lines) + "\n"])


def _move(
    service_id: UUID, verb: str, action: str, reason: str = "", *, observed: bool = False
) -> RuntimeService:
    door.require(WRITE)
    with door.atomic():
        service = locked(service_id)
        before = service.status
        service.move(verb)
        changed = ["status"]
        if observed:
            service.last_observed_at = Now()
            changed.append("last_observed_at")
        service.save(update_fields=changed)
        service.refresh_from_db(fields=["last_observed_at", "retired_at"])
        audit.record(
            action,
            object_type="service",
            object_id=service.id,
            environment_id=service.environment_id,
            before={"status": before},
            after={"status": service.status},
            reason=reason,
        )
    return service
