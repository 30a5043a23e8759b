"""Tenants for one test: onboarded and bound where the test says, two services in each place."""

from uuid import UUID

from apps.core import door
from apps.core.ids import uuid7
from apps.environments.operations import create_environment
from apps.services.operations import ServiceSpec, create_services
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.tasks import finish_binding
from apps.tenants.operations import onboard_tenant
from tests.drift_findings.seen import look_for_the_first_time
from tests.world import OPERATOR, TestTenant, make_result


def make_environment(model: str) -> UUID:
    """One of the platform's, for whoever is bound to it."""
    with door.using("owner"), enter_platform(actor=OPERATOR):
        return create_environment(
            tenant_id="platform",
            project_id="isolation",
            name=uuid7().hex,
            stage="prod",
            region="westeurope",
            isolation_model=model,
        ).id


def make_tenant(name: str, environments: dict[str, UUID]) -> TestTenant:
    """Commits a tenant that no other test knows, bound to {model: environment}."""
    tenant = TestTenant(f"{name}-{uuid7().hex[-10:]}", environments=dict(environments))
    with door.using("owner"):
        with enter_platform(actor=OPERATOR):
            onboard_tenant(slug=tenant.slug, name=name.title())
            for model, environment in environments.items():
                tenant.bindings[model] = request_binding(
                    tenant_id=tenant.slug, environment_id=environment, quota={}
                ).id
        for binding in tenant.bindings.values():
            finish_binding(binding, actor=OPERATOR)
    for model, environment in environments.items():
        with enter_tenant(tenant.slug, actor=OPERATOR, environment_id=environment, writing=True):
            made = create_services(
                [
                    ServiceSpec("cart", "registry.test/cart:1.0", "1.0", 2),
                    ServiceSpec("web", "registry.test/web:1.0", "1.0", 3),
                ]
            )
            make_result(made[0])
            look_for_the_first_time()
        tenant.services[model] = {service.module_id: service.id for service in made}
    return tenant
