"""Two tenants in all three isolation models, with look-alike rows and people of every role."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from apps.core import door
from apps.core.access import PLATFORM_ROLES, TENANT_ROLES, Actor, Role
from apps.environments.operations import create_environment
from apps.freezes.operations import Window, create_freeze
from apps.health_results.models import HealthCheckResult
from apps.health_results.slots import Slots
from apps.people.models import Membership, Person
from apps.quotas.operations import spend_storage
from apps.services.models import RuntimeService
from apps.services.operations import ServiceSpec, create_services
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.tasks import finish_binding
from apps.tenants.operations import onboard_tenant
from tests.drift_findings.seen import look_for_the_first_time
from tests.retention.disposed import dispose

OPERATOR = Actor("operator", label="tests")
PASSWORD = "correct horse battery staple"
MODELS = ("silo", "pool", "shared")


@dataclass
class TestTenant:
    __test__ = False

    slug: str
    environments: dict[str, UUID] = field(default_factory=dict)
    bindings: dict[str, UUID] = field(default_factory=dict)
    services: dict[str, dict[str, UUID]] = field(default_factory=dict)
    people: dict[Role, Person] = field(default_factory=dict)
    # A freeze of its own and one of the platform, both in a far year.
    freezes: dict[str, UUID] = field(default_factory=dict)
    platform: dict[Role, Person] = field(default_factory=dict)  # the same for everybody
    # A run, its certificate and a row that went in it.
    disposed: dict[str, UUID] = field(default_factory=dict)

    def schema(self, model: str) -> str:
        return "shared" if model == "shared" else f"{model}_{self.slug}"


@dataclass
class World:
    acme: TestTenant
    globex: TestTenant
    platform: dict[Role, Person]

    @property
    def stranger(self) -> Person:
        """Somebody who may do everything, elsewhere."""
        return self.globex.people[Role.TENANT_ADMIN]


def make_world(*slugs: str) -> World:
    """Commits two tenants; each service of the one has its twin in the other."""
    acme, globex = (TestTenant(slug) for slug in slugs)
    with door.using("owner"):
        with enter_platform(actor=OPERATOR):
            for tenant in (acme, globex):
                onboard_tenant(slug=tenant.slug, name=tenant.slug.title())
            common = {m: _environment("platform", f"{m} of {slugs[0]}", m) for m in MODELS[1:]}
            for tenant in (acme, globex):
                tenant.environments = {"silo": _environment(tenant.slug, "prod", "silo"), **common}
                for model, environment in tenant.environments.items():
                    tenant.bindings[model] = request_binding(
                        tenant_id=tenant.slug, environment_id=environment, quota={}
                    ).id
                tenant.people = {role: _person(role, tenant.slug) for role in TENANT_ROLES}
            platform = {role: _person(role, "platform", slugs[0]) for role in PLATFORM_ROLES}
            of_all = _freeze("all")
            acme.platform = globex.platform = platform
        for tenant in (acme, globex):
            for binding in tenant.bindings.values():
                finish_binding(binding, actor=OPERATOR)
    for tenant in (acme, globex):
        for model, environment in tenant.environments.items():
            with enter_tenant(
                tenant.slug, actor=OPERATOR, environment_id=environment, writing=True
            ):
                made = create_services(
                    [
                        ServiceSpec("cart", "registry.test/cart:1.0", "1.0", 2),
                        ServiceSpec("web", "registry.test/web:1.0", "1.0", 3),
                    ]
                )
                tenant.services[model] = {s.module_id: s.id for s in made}
                make_result(made[0])
                look_for_the_first_time()
        with enter_tenant(tenant.slug, actor=OPERATOR, partition="public", writing=True):
            tenant.freezes = {"own": _freeze("tenant"), "platform": of_all}
    for slug, disposed in dispose(*slugs).items():
        (acme if slug == acme.slug else globex).disposed = disposed
    return World(acme, globex, platform)


def make_result(service: RuntimeService) -> None:
    """A health result of an hour ago, which nobody took for an observation of the service."""
    checked_at = timezone.now() - timedelta(hours=1)
    HealthCheckResult.objects.create(
        tenant_id=service.tenant_id,
        environment_id=service.environment_id,
        service_id=service.id,
        status="Healthy",
        probe="http",
        latency_ms=12,
        checked_at=checked_at,
    )
    spend_storage(rows=1)
    slots = Slots(timezone.now())
    slots.add(service.id, "Healthy", 12, checked_at)
    slots.write()


def _freeze(scope: str) -> UUID:
    far = Window(datetime(2099, 1, 1, tzinfo=UTC), datetime(2099, 1, 2, tzinfo=UTC))
    return create_freeze(scope=scope, window=far, reason="a far year").id


def person_actor(person: Person) -> Actor:
    return Actor("person", person.id, person.email)


def _environment(owner: str, name: str, model: str) -> UUID:
    return create_environment(
        tenant_id=owner,
        project_id="shop",
        name=name,
        stage="prod",
        region="westeurope",
        isolation_model=model,
    ).id


_hash = make_password(PASSWORD)


def _person(role: Role, tenant: str, suffix: str = "") -> Person:
    person = Person.objects.create(
        email=f"{role}@{suffix or tenant}.test", name=f"{role} of {tenant}", password=_hash
    )
    Membership.objects.create(person=person, tenant_id=tenant, role=role)
    return person
