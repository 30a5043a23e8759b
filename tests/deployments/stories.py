"""An environment's releases, in a test's own transaction."""

from collections.abc import Mapping
from typing import Any

from apps.configurations.operations import draft_configuration, publish_configuration
from apps.deployments.models import RuntimeDeployment
from apps.deployments.operations import carry_to_completed, request_deployment
from apps.services.operations import ServiceSpec, apply_release, live_services, run_services


def release(
    reference: str, services: Mapping[str, tuple[str, int]], payload: dict[str, Any] | None = None,
    **more: Any,
) -> RuntimeDeployment:  # fmt: skip
    """{module: (version, replicas)}: what the release leaves there, and nothing else."""
    told = None
    if payload is not None:
        told = publish_configuration(draft_configuration(payload=payload).id)
    made = request_deployment(release_ref=reference, gate="external", configuration=told, **more)
    specs = [
        ServiceSpec(name, f"registry.test/{name}:{version}", version, replicas)
        for name, (version, replicas) in services.items()
    ]
    apply_release(made, specs, retire_missing=True)
    run_services(list(services))
    return carry_to_completed(made, [""] * len(more.get("steps", ("roll out",))))


def running() -> dict[str, tuple[str, int]]:
    """What is live in the environment entered, in the same form."""
    return {s.module_id: (s.version, s.replicas) for s in live_services().values()}
