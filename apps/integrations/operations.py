"""What comes in from Kubernetes or Pulumi becomes one configuration version and one deployment.

All or nothing: everything is written behind one door, in one transaction. The same release
again changes nothing and says so.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from apps.configurations.canonical import checksum
from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration, publish_configuration
from apps.core import door
from apps.core.errors import Invalid
from apps.deployments.models import Gate, RuntimeDeployment
from apps.deployments.operations import carry_to_completed, request_deployment
from apps.integrations.kubernetes.kinds import WORKLOADS
from apps.integrations.kubernetes.records import (
    NotUnderstood,
    Release,
    Service,
    Source,
    UnreadableManifest,
)
from apps.integrations.kubernetes.release import read_release
from apps.integrations.pulumi.release import read_stack
from apps.scaling_policies.models import ScalingPolicy
from apps.scaling_policies.operations import Bounds, bounds_of
from apps.services.operations import (
    Applied,
    ServiceSpec,
    apply_release,
    differs,
    live_services,
    run_services,
)

STEPS = ("read manifests", "publish configuration", "apply services")


@dataclass(frozen=True)
class Imported:
    """What an import did. `changed` is False where the release was there already."""

    configuration: RuntimeConfiguration
    deployment: RuntimeDeployment
    applied: Applied
    not_understood: Sequence[NotUnderstood]
    changed: bool

    def as_api(self) -> dict[str, Any]:
        return {
            "configurationId": str(self.configuration.id),
            "deploymentId": str(self.deployment.id),
            "services": self.applied.counts(),
            "notUnderstood": [asdict(item) for item in self.not_understood],
        }


def import_kubernetes(
    *, sources: Sequence[Source], release_ref: str = "", override_freeze: str = ""
) -> Imported:
    """Makes the environment entered what the manifests say.

    A workload that has gone from them is retired. Raises Invalid for input that cannot be read
    (with file and document), that holds no workload, or that no service can be made of; Refused
    while a freeze is in force (see `request_deployment`) and for a release that was undone and is
    held.
    """
    door.require("runtime.deployments.write")
    try:
        release = read_release(sources, vault=door.tenant())
    except UnreadableManifest as error:
        raise Invalid(str(error)) from error
    unread = {i.name for i in release.not_understood if i.kind in (*WORKLOADS, "Pod")}
    return _import(
        release, sources, unread, release_ref.strip() or _name_of(release, "manifests"),
        "imported from Kubernetes manifests", override_freeze,
    )  # fmt: skip


def import_pulumi(
    *, source: Source, release_ref: str = "", override_freeze: str = ""
) -> tuple[Imported, str]:
    """The same of a stack's state; and the stack's reference, `<project>/<stack>`.

    Its secrets, in ciphertext or not, are references before anything is made of them.
    """
    door.require("runtime.deployments.write")
    try:
        stack = read_stack(source, vault=door.tenant())
    except UnreadableManifest as error:
        raise Invalid(str(error)) from error
    release = stack.release
    imported = _import(
        release, [source], stack.unread, release_ref.strip() or _name_of(release, "stack"),
        "imported from a Pulumi stack", override_freeze,
    )  # fmt: skip
    return imported, stack.reference


def _import(
    release: Release,
    sources: Sequence[Source],
    unread: Collection[str],
    release_ref: str,
    reason: str,
    override_freeze: str,
) -> Imported:
    if not release.services:
        raise Invalid("There is no workload in what was given; nothing was changed.")
    specs = [_spec(service) for service in release.services]
    with door.atomic():
        if there := _already_there(release, release_ref, specs):
            return there
        _check_unread(release, unread)
        configuration = publish_configuration(draft_configuration(payload=release.configuration).id)
        deployment = request_deployment(
            release_ref=release_ref,
            gate=Gate.EXTERNAL,
            reason=reason,
            configuration=configuration,
            steps=STEPS,
            imported=True,
            override_freeze=override_freeze,
        )
        applied = apply_release(deployment, specs, retire_missing=True)
        run_services([spec.module_id for spec in specs if spec.replicas > 0])
        deployment = carry_to_completed(
            deployment, _logs(sources, release, configuration, applied, specs)
        )
    return Imported(configuration, deployment, applied, release.not_understood, changed=True)


def _check_unread(release: Release, unread: Collection[str]) -> None:
    """Invalid where a live service's own manifest could not be read: it has not gone."""
    reasons = {i.name: i.reason for i in release.not_understood if i.name in unread}
    if names := sorted(set(reasons) & set(live_services())):
        raise Invalid(
            f"Live here, and not understood: {', '.join(names)}. Nothing was changed.",
            fields={name: [reasons[name]] for name in names},
        )


def _already_there(
    release: Release, release_ref: str, specs: Sequence[ServiceSpec]
) -> Imported | None:
    """The import that was, where neither the release nor anything of it is new."""
    here = {"environment_id": door.environment()}
    last = RuntimeDeployment.objects.filter(**here, status="Completed").order_by("-id").first()
    published = RuntimeConfiguration.objects.filter(**here, status="Published").first()
    if last is None or published is None or last.release_ref != release_ref:
        return None
    if published.checksum != checksum(release.configuration):
        return None
    live = live_services()
    if set(live) != {spec.module_id for spec in specs}:
        return None
    policies = {
        policy.service_id: bounds_of(policy)
        for policy in ScalingPolicy.objects.filter(**here, service__in=list(live.values()))
    }
    for spec in specs:
        service = live[spec.module_id]
        if differs(service, spec) or policies.get(service.id) != spec.bounds:
            return None
    applied = Applied(unchanged=[spec.module_id for spec in specs])
    return Imported(published, last, applied, release.not_understood, changed=False)


def _spec(service: Service) -> ServiceSpec:
    scaling = service.scaling
    return ServiceSpec(
        module_id=service.module_id,
        image=service.image,
        version=service.version,
        replicas=service.replicas,
        component_type=service.component_type,
        compute_target=service.compute_target,
        endpoint_url=service.endpoint_url,
        bounds=Bounds(
            scaling.metric,
            scaling.min_replicas,
            scaling.max_replicas,
            scaling.target_utilization_percent,
        ),
    )


def _name_of(release: Release, origin: str) -> str:
    """A release without a name is called by what is in it."""
    facts = [[s.module_id, s.image, s.replicas] for s in release.services]
    digest = hashlib.sha256(json.dumps([facts, checksum(release.configuration)]).encode())
    return f"{origin}-{digest.hexdigest()[:12]}"


def _logs(
    sources: Sequence[Source],
    release: Release,
    configuration: RuntimeConfiguration,
    applied: Applied,
    specs: Sequence[ServiceSpec],
) -> list[str]:
    """One text for each of STEPS."""
    read_lines = [f"{s.name}: {len(s.data)} bytes" for s in sources]
    read_lines += [
        f"not understood: {n.file} document {n.document} {n.kind} {n.name}: {n.reason}"
        for n in release.not_understood
    ]
    published = [f"version {configuration.version} checksum {configuration.checksum}"]
    published += [f"secret reference {reference}" for reference in release.secret_refs]
    change = {name: verb for verb, names in vars(applied).items() for name in names}
    done = [f"{change[s.module_id]} {s.module_id} {s.image} x {s.replicas}" for s in specs]
    done += [f"retired {name}" for name in applied.retired]
    return ["\n".join(lines) + "\n" for lines in (read_lines, published, done)]
