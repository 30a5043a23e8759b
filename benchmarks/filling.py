"""Tenants to measure: as many services as asked for, in one pool partition, in five environments.

Tenant, bindings and the first service of each environment are made by the portal's own
operations; the other rows as owner by one INSERT … SELECT a tenant, through every trigger.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections

from apps.core import door
from apps.core.access import Actor, Role
from apps.environments.operations import create_environment
from apps.people.models import Person
from apps.people.operations import create_person, grant_role
from apps.services.operations import ServiceSpec, create_services
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.tasks import finish_binding
from apps.tenants.operations import onboard_tenant

OPERATOR = Actor("operator", label="benchmarks")
PASSWORD = "nobody signs in with this"  # noqa: S105  (sessions are made without it)
ENVIRONMENTS = 5


@dataclass(frozen=True)
class Filled:
    """A tenant with its services, and somebody who may read them."""

    slug: str
    rows: int
    person: Person
    environments: tuple[UUID, ...]

    @property
    def schema(self) -> str:
        return f"pool_{self.slug}"


def make_tenant(slug: str, rows: int) -> Filled:
    """Commits the tenant and its rows, and has PostgreSQL take its statistics."""
    with door.using("owner"):
        with enter_platform(actor=OPERATOR):
            onboard_tenant(slug=slug, name=slug.title())
            person = create_person(
                email=f"viewer@{slug}.example", name=f"Viewer of {slug}", password=PASSWORD
            )
            grant_role(person=person, tenant_id=slug, role=Role.TENANT_VIEWER)
            environments = tuple(_environment(slug, number) for number in range(ENVIRONMENTS))
            bindings = [
                request_binding(tenant_id=slug, environment_id=environment, quota={}).id
                for environment in environments
            ]
        for binding in bindings:
            finish_binding(binding, actor=OPERATOR)
        for environment in environments:
            with enter_tenant(slug, actor=OPERATOR, environment_id=environment, writing=True):
                create_services([ServiceSpec("first", "registry.example/first:1.0", "1.0", 1)])
        filled = Filled(slug, rows, person, environments)
        _fill(filled)
    return filled


def _environment(slug: str, number: int) -> UUID:
    return create_environment(
        tenant_id="platform",
        project_id=slug,
        name=f"env-{number}",
        stage="prod",
        region="westeurope",
        isolation_model="pool",
    ).id


def _fill(filled: Filled) -> None:
    """Names spread over 16 beginnings; a tenth Degraded, a tenth Retired, half seen lately."""
    table = f'"{filled.schema}".services_runtimeservice'
    policies = f'"{filled.schema}".scaling_policies_scalingpolicy'
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f"""
            WITH made AS (
            INSERT INTO {table} (id, tenant_id, environment_id, module_id, component_type, image,
              version, compute_target, replicas, endpoint_url, status, deployment_id,
              last_observed_at)
            SELECT gen_random_uuid(), %(tenant)s, e.environment_id,
              'svc-' || to_hex(n %% 16) || '-' || lpad(n::text, 8, '0'),
              (array['gateway', 'microservice', 'worker', 'database', 'queue'])[1 + n / 16 %% 5],
              'registry.example/svc:1.' || n %% 40, '1.' || n %% 40, 'aks', n %% 5, '',
              CASE n / 80 %% 10 WHEN 0 THEN 'Degraded' WHEN 1 THEN 'Retired' ELSE 'Running' END,
              e.deployment_id, CASE WHEN n %% 2 = 0 THEN now() END
            FROM generate_series(1, %(rows)s) n
            JOIN (SELECT row_number() OVER (ORDER BY environment_id) - 1 AS place, environment_id,
                    deployment_id FROM {table}) e ON e.place = n %% {ENVIRONMENTS}
            RETURNING id, tenant_id, environment_id, replicas)
            INSERT INTO {policies} (id, tenant_id, environment_id, service_id, metric, min_replicas,
              max_replicas, target_utilization_percent)
            SELECT gen_random_uuid(), tenant_id, environment_id, id, 'cpu', replicas, replicas, 80
            FROM made
            """,
            {"tenant": filled.slug, "rows": filled.rows - ENVIRONMENTS},
        )
        _fill_terms(cursor, filled)
        cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute(f"VACUUM (ANALYZE) {policies}")


def _fill_terms(cursor: Any, filled: Filled) -> None:
    """The terms that `search.operations.index` would write of these rows."""
    terms = f'"{filled.schema}".search_searchterm'
    cursor.execute(
        f"""
        INSERT INTO {terms} (id, tenant_id, environment_id, object_type, object_id, term)
        SELECT DISTINCT ON (s.id, term) gen_random_uuid(), s.tenant_id, s.environment_id, 'service',
          s.id, term
        FROM "{filled.schema}".services_runtimeservice s,
          unnest(ARRAY[substr(s.module_id, 5), right(s.module_id, 8), s.component_type, s.version,
            s.image, split_part(s.image, '/', 2)]) term
        WHERE s.module_id <> 'first'
        """
    )
    cursor.execute(f"VACUUM (ANALYZE) {terms}")
