"""A release applied: an environment's services become what it says, as one deployment's work."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from apps.core import audit, door
from apps.core.inserts import insert_together
from apps.deployments.models import DeploymentProduct, RuntimeDeployment
from apps.quotas.operations import spend_storage, within_replicas
from apps.scaling_policies.operations import Bounds, new_policy, rescale
from apps.search import operations as search
from apps.services.models import RuntimeService
from apps.services.specs import FIELDS, Applied, ServiceSpec, check_specs, differs

WRITE = "runtime.services.write"
Change = DeploymentProduct.Change


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
    with within_replicas():
        live = live_services(lock=True)
        wanted = {spec.module_id: spec for spec in specs}
        rescaled = rescale(
            {
                live[name].id: spec.bounds
                for name, spec in wanted.items()
                if name in live and spec.bounds is not None
            }
        )
        applied, products = Applied(), []
        made: list[RuntimeService] = []
        touched: list[RuntimeService] = []
        changed: list[RuntimeService] = []
        for module_id, spec in wanted.items():
            service = live.get(module_id)
            if service is None:
                service = _new(spec, deployment)
                made.append(service)
                products.append(_product(deployment, service, Change.CREATED, before=None))
                applied.created.append(module_id)
                continue
            changes = differs(service, spec)
            before = replace_fields(service, spec) if changes else service_facts(service)
            change = Change.UPDATED if changes else Change.UNCHANGED
            products.append(_product(deployment, service, change, before=before))
            is_new = changes or service.id in rescaled
            (applied.updated if is_new else applied.unchanged).append(module_id)
            changed += [service] if changes else []
            service.deployment = deployment
            touched.append(service)
        if made:
            _make(made, wanted)
        if touched:
            RuntimeService.objects.bulk_update(touched, [*FIELDS, "deployment"], batch_size=500)
        search.index([*made, *changed])
        if retire_missing:
            gone = [service for name, service in live.items() if name not in wanted]
            products += [
                _product(deployment, s, Change.RETIRED, before=service_facts(s)) for s in gone
            ]
            applied.retired += [service.module_id for service in gone]
            retire_rows([service.id for service in gone])
        spend_storage(rows=2 * len(made) + len(products))
        DeploymentProduct.objects.bulk_create(products)
        _audit(deployment, applied)
    return applied


def _make(services: Sequence[RuntimeService], wanted: Mapping[str, ServiceSpec]) -> None:
    """Each with its policy, in one statement: neither can be without the other."""
    bounds = [wanted[s.module_id].bounds or Bounds.fixed(s.replicas) for s in services]
    policies = [new_policy(s, b) for s, b in zip(services, bounds, strict=True)]
    insert_together(policies, services)


def _audit(deployment: RuntimeDeployment, applied: Applied) -> None:
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


def service_facts(service: RuntimeService) -> dict[str, Any]:
    return {"image": service.image, "version": service.version, "replicas": service.replicas}


def replace_fields(service: RuntimeService, spec: ServiceSpec) -> dict[str, Any]:
    """Sets the service's fields from the spec; what its image, version and replicas were."""
    before = service_facts(service)
    for name in FIELDS:
        setattr(service, name, getattr(spec, name))
    return before


def _new(spec: ServiceSpec, deployment: RuntimeDeployment) -> RuntimeService:
    return RuntimeService(
        tenant_id=door.tenant(),
        environment_id=door.environment(),
        module_id=spec.module_id,
        deployment=deployment,
        **{name: getattr(spec, name) for name in FIELDS},
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


def retire_rows(identifiers: Sequence[UUID]) -> None:
    RuntimeService.objects.filter(id__in=identifiers).update(status="Retired")
