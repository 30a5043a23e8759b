"""Tenants with much in them, in the test's own transaction."""

from collections.abc import Sequence

from apps.configurations.operations import draft_configuration
from apps.deployments.operations import carry_to_completed, request_deployment
from apps.drift_findings.operations import create_ignore_rule
from apps.services.operations import ServiceSpec, create_services
from tests.core.doors import inside
from tests.drift_findings.seen import in_days, look
from tests.world import TestTenant


def make_services(tenant: TestTenant, model: str, names: Sequence[str]) -> None:
    """In one deployment for all."""
    with inside(tenant, model):
        create_services([ServiceSpec(name, f"registry.test/{name}:1", "1", 1) for name in names])


def make_deployments(tenant: TestTenant, model: str, count: int) -> None:
    with inside(tenant, model):
        for number in range(count):
            carry_to_completed(
                request_deployment(release_ref=f"{model} {number:03}", gate="external"), [""]
            )


def make_configurations(tenant: TestTenant, model: str, count: int) -> None:
    with inside(tenant, model):
        for number in range(count):
            draft_configuration(payload={"number": number})


def make_drift(tenant: TestTenant, model: str, count: int) -> None:
    """So many workloads that nobody expected, checks, and rules of which each hides one."""
    strays = {f"stray-{n:03}": ("registry.test/stray:1", 1) for n in range(count)}
    with inside(tenant, model):
        for name in strays:
            look(**strays)
            create_ignore_rule(module_id=name, reason="an example", expires_at=in_days(30))
