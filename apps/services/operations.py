"""Every write to a service. What a service runs changes by a deployment, always.

Outside one, a deployment of one step is made for the request itself (one for a bulk request),
gated `external`, so that a service's deploymentId is never empty and history is whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models.functions import Now

from apps.core import audit, door
from apps.core.errors import Fields, Invalid, NotFound, Refused
from apps.deployments.models import DeploymentProduct, Gate, RuntimeDeployment
from apps.deployments.operations import carry_to_completed, request_deployment
from apps.scaling_policies.operations import Bounds, change_policy, make_policies
from apps.search import operations as search
from apps.services.models import ComponentType, ComputeTarget, RuntimeService

WRITE = "runtime.services.write"
Change = DeploymentProduct.Change


_TEXTS = (
    ("module_id", "moduleId", 1, 120),
    ("image", "image", 1, 400),
    ("version", "version", 1, 160),
    ("endpoint_url", "endpointUrl", 0, 400),
)


@dataclass(frozen=True)
class ServiceSpec:
    """What a service should be. `bounds` absent: min = max = replicas."""

    module_id: str
    image: str
    version: str
    replicas: int
    component_type: str = ComponentType.OTHER
    compute_target: str = ComputeTarget.KUBERNETES
    endpoint_url: str = ""
    bounds: Bounds | None = None

    def problems(self) -> dict[str, list[str]]:
        """{field: what is wrong}, empty where such a service can be."""
        found = dict((self.bounds or Bounds.fixed(max(self.replicas, 0))).problems())
        for name, label, least, most in _TEXTS:
            text = getattr(self, name)
            if len(text.strip()) < least or len(text) > most:
                found[label] = [f"must be {least} to {most} characters"]
            elif not _is_storable(text):
                found[label] = ["must be Unicode text without the character NUL"]
        if not 0 <= self.replicas < 100_000:
            found["replicas"] = ["must be 0 to 99999"]
        if self.component_type not in ComponentType.values:
            found["componentType"] = [f"must be one of {', '.join(ComponentType.values)}"]
        if self.compute_target not in ComputeTarget.values:
            found["computeTarget"] = [f"must be one of {', '.join(ComputeTarget.values)}"]
        return found


@dataclass
class Applied:
    """moduleIds by what was done to them."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {name: len(modules) for name, modules in vars(self).items()}


_FIELDS = (
    "image", "version", "replicas", "component_type", "compute_target", "endpoint_url",
)  # fmt: skip


def differs(service: RuntimeService, spec: ServiceSpec) -> bool:
    return any(getattr(service, name) != getattr(spec, name) for name in _FIELDS)


def live_services(*, lock: bool = False) -> dict[str, RuntimeService]:
    """{moduleId: service} of the environment entered, without the retired."""
    rows = RuntimeService.objects.filter(environment_id=door.environment()).exclude(
        status="Retired"
    )
    return {s.module_id: s for s in (rows.select_for_update() if lock else rows)}


def apply_release(
    deployment: RuntimeDeployment, specs: Sequence[ServiceSpec], *, retire_missing: bool
) -> Applied:
    """Makes the environment's services what the specs say, as the work of one deployment.

    Set-based: one statement a kind of change, one audit entry for all. Writes what the deployment
    produced, row for row. Raises Invalid with every bad spec: nothing is done then.
    """
    door.require(WRITE)
    check_specs(specs)
    with door.atomic():
        live = live_services(lock=True)
        wanted = {spec.module_id: spec for spec in specs}
        applied, products = Applied(), []
        made: list[tuple[RuntimeService, Bounds]] = []
        touched: list[RuntimeService] = []
        changed: list[RuntimeService] = []
        for module_id, spec in wanted.items():
            service = live.get(module_id)
            if service is None:
                service = _new(spec, deployment)
                made.append((service, spec.bounds or Bounds.fixed(spec.replicas)))
                products.append(_product(deployment, service, Change.CREATED, before=None))
                applied.created.append(module_id)
                continue
            changes = differs(service, spec)
            before = replace_fields(service, spec) if changes else service_facts(service)
            rescaled = spec.bounds is not None and change_policy(service.id, spec.bounds)
            change = Change.UPDATED if changes else Change.UNCHANGED
            changed += [service] if changes else []
            products.append(_product(deployment, service, change, before=before))
            (applied.updated if changes or rescaled else applied.unchanged).append(module_id)
            service.deployment = deployment
            touched.append(service)
        RuntimeService.objects.bulk_create([service for service, _ in made])
        make_policies(made)
        if touched:
            RuntimeService.objects.bulk_update(touched, [*_FIELDS, "deployment"], batch_size=500)
        search.index([*[service for service, _ in made], *changed])
        if retire_missing:
            gone = [service for name, service in live.items() if name not in wanted]
            products += [
                _product(deployment, s, Change.RETIRED, before=service_facts(s)) for s in gone
            ]
            applied.retired += [service.module_id for service in gone]
            _retire([service.id for service in gone])
        DeploymentProduct.objects.bulk_create(products)
        audit.record(
            "services.applied",
            object_type="deployment",
            object_id=deployment.id,
            environment_id=deployment.environment_id,
            after={
                name: {"count": len(modules), "modules": modules[:100]}
                for name, modules in vars(applied).items()
                if name != "unchanged" and modules
            },
        )
    return applied


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
            spec = _changed(locked(service_id), changes)
            apply_release(deployment, [spec], retire_missing=False)
            _finish(deployment, [spec])
        return _found(service_id)


def _changed(service: RuntimeService, changes: dict[str, Any]) -> ServiceSpec:
    """What the service is to be; Refused for a retired one, Invalid for what cannot be."""
    if service.status == "Retired":
        raise Refused("A Retired service does not change any more.")
    current = {name: getattr(service, name) for name in _FIELDS}
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


def run_service(service_id: UUID) -> RuntimeService:
    """Pending, Degraded or Stopped → Running: seen at work."""
    return _move(service_id, "run", "service.running", observed=True)


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
            _retire([service.id for service in live.values()])
            audit.record(
                "services.retired",
                object_type="environment",
                object_id=door.environment(),
                environment_id=door.environment(),
                after={"count": len(live), "modules": sorted(live)[:100]},
                reason=reason,
            )


def check_specs(specs: Sequence[ServiceSpec]) -> None:
    """Invalid with every bad item and field: {"services[3].replicas": […]}."""
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for index, spec in enumerate(specs):
        problems: Fields = spec.problems()
        for name, messages in problems.items():
            found[f"services[{index}].{name}"] = list(messages)
        if spec.module_id in seen:
            found[f"services[{index}].moduleId"] = [f"'{spec.module_id}' is named twice"]
        seen.add(spec.module_id)
    if found:
        raise Invalid("These services cannot be so.", fields=found)


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


def _is_storable(text: str) -> bool:
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def service_facts(service: RuntimeService) -> dict[str, Any]:
    return {"image": service.image, "version": service.version, "replicas": service.replicas}


def replace_fields(service: RuntimeService, spec: ServiceSpec) -> dict[str, Any]:
    """Sets the service's fields from the spec; what its image, version and replicas were."""
    before = service_facts(service)
    for name in _FIELDS:
        setattr(service, name, getattr(spec, name))
    return before


def _new(spec: ServiceSpec, deployment: RuntimeDeployment) -> RuntimeService:
    return RuntimeService(
        tenant_id=door.tenant(),
        environment_id=door.environment(),
        module_id=spec.module_id,
        deployment=deployment,
        **{name: getattr(spec, name) for name in _FIELDS},
    )


def _product(
    deployment: RuntimeDeployment,
    service: RuntimeService,
    change: str,
    *,
    before: dict[str, Any] | None,
) -> DeploymentProduct:
    after = service_facts(service) if change != Change.RETIRED else None
    return DeploymentProduct(
        tenant_id=service.tenant_id,
        environment_id=service.environment_id,
        deployment=deployment,
        service_id=service.id,
        module_id=service.module_id,
        change=change,
        image_before=before["image"] if before else "",
        version_before=before["version"] if before else "",
        replicas_before=before["replicas"] if before else None,
        image_after=after["image"] if after else "",
        version_after=after["version"] if after else "",
        replicas_after=after["replicas"] if after else None,
    )


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


def _retire(identifiers: Sequence[UUID]) -> None:
    RuntimeService.objects.filter(id__in=identifiers).update(status="Retired")


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
