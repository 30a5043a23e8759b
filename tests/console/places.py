"""Every URL of the console with the things of one tenant in it: {URL name: path}."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from apps.core.access import PLATFORM_ROLES, TENANT_ROLES
from apps.deployments.models import DeploymentStep
from apps.services.models import RuntimeService
from tests.core.doors import inside
from tests.world import TestTenant

# Who may open a page: what each kind of visitor gets. Tenant roles are those of the tenant in the
# URL, "stranger" is the admin of another tenant, None is nobody.
Codes = Mapping[str | None, int]
_NOBODY: Codes = {None: 302}
OF_THE_TENANT: Codes = {
    **_NOBODY,
    **dict.fromkeys(TENANT_ROLES, 200),
    **dict.fromkeys(PLATFORM_ROLES, 404),
    "stranger": 404,
}
OF_THE_PLATFORM: Codes = {
    **_NOBODY,
    **dict.fromkeys(TENANT_ROLES, 404),
    **dict.fromkeys(PLATFORM_ROLES, 200),
    "stranger": 404,
}
FOR_PLATFORM_ADMINS: Codes = {
    **OF_THE_PLATFORM,
    **dict.fromkeys(PLATFORM_ROLES, 403),
    "platform-admin": 200,
}
VISITORS = (None, "stranger", *TENANT_ROLES, *PLATFORM_ROLES)
SIGNED_IN: Codes = {**dict.fromkeys(VISITORS, 200), **_NOBODY}
EVERYBODY: Codes = dict.fromkeys(VISITORS, 200)

EXPECTED: Mapping[str, Codes] = {
    "home": SIGNED_IN,
    "healthz": EVERYBODY,
    "readyz": EVERYBODY,
    "tenant_home": OF_THE_TENANT,
    "tenant_admin_home": OF_THE_TENANT,
    "tenant_bindings:environment_list": OF_THE_TENANT,
    "tenant_bindings:environment_detail": OF_THE_TENANT,
    "services:service_list": OF_THE_TENANT,
    "services:service_detail": OF_THE_TENANT,
    "deployments:deployment_list": OF_THE_TENANT,
    "deployments:deployment_detail": OF_THE_TENANT,
    "deployments:step_log": OF_THE_TENANT,
    "configurations:configuration_list": OF_THE_TENANT,
    "configurations:configuration_detail": OF_THE_TENANT,
    "platform_home": OF_THE_PLATFORM,
    "tenants:tenant_list": OF_THE_PLATFORM,
    "tenants:tenant_detail": OF_THE_PLATFORM,
    "tenants:tenant_create": FOR_PLATFORM_ADMINS,
    "environments:environment_list": OF_THE_PLATFORM,
    "environments:environment_detail": OF_THE_PLATFORM,
    "environments:environment_create": FOR_PLATFORM_ADMINS,
    "bindings:binding_list": OF_THE_PLATFORM,
    "bindings:binding_detail": OF_THE_PLATFORM,
    "bindings:binding_create": FOR_PLATFORM_ADMINS,
    "bindings:binding_suspend": FOR_PLATFORM_ADMINS,
    "bindings:binding_resume": FOR_PLATFORM_ADMINS,
    "bindings:binding_release": FOR_PLATFORM_ADMINS,
}
WRITE_PAGES = tuple(name for name, codes in EXPECTED.items() if codes is FOR_PLATFORM_ADMINS)
READ_PAGES = tuple(name for name in EXPECTED if name not in WRITE_PAGES)
TENANT_PAGES = tuple(name for name, codes in EXPECTED.items() if codes is OF_THE_TENANT)
ENVIRONMENT_PAGES = tuple(name for name in TENANT_PAGES if name.endswith(("_detail", "_log")))


@dataclass(frozen=True)
class Things:
    """One of each kind in one environment of a tenant, by their ids."""

    tenant: str
    environment: UUID
    binding: UUID
    service: UUID
    deployment: UUID
    step: UUID
    configuration: UUID

    def path(self, name: str) -> str:
        """The URL of that name; it takes of these ids what it needs."""
        arguments = {
            "tenant": self.tenant if name in TENANT_PAGES else None,
            "tenant_id": self.tenant if name == "tenants:tenant_detail" else None,
            "environment_id": self.environment
            if name in (*ENVIRONMENT_PAGES, "environments:environment_detail")
            else None,
            "service_id": self.service if "service_detail" in name else None,
            "deployment_id": self.deployment
            if name in ("deployments:deployment_detail", "deployments:step_log")
            else None,
            "step_id": self.step if "step_log" in name else None,
            "configuration_id": self.configuration if "configuration_detail" in name else None,
            "binding_id": self.binding
            if name.startswith("bindings:") and name.rsplit("_", 1)[1] not in ("list", "create")
            else None,
        }
        return reverse(name, kwargs={k: v for k, v in arguments.items() if v is not None})


def things_of(tenant: TestTenant, model: str = "silo") -> Things:
    """Read behind the door, in the test's own transaction."""
    with inside(tenant, model, writing=False):
        service = RuntimeService.objects.select_related("deployment").get(
            id=tenant.services[model]["cart"]
        )
        step = DeploymentStep.objects.get(deployment=service.deployment)
    return Things(
        tenant.slug,
        tenant.environments[model],
        tenant.bindings[model],
        service.id,
        service.deployment_id,
        step.id,
        service.deployment.configuration_id,
    )
