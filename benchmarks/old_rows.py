"""Rows long past their windows, as many as wanted: made as owner, through every trigger, in one
statement a class. Their clocks stand at `LONG_AGO`, and their ids are as old, so that they come
before whatever the portal's own operations have made. For measuring, and for the tests.

The first few of each are made before the others, and statistics taken of them: planned for an empty
table, each check of a key would read all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connections, transaction

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FEW = 200
# A UUIDv7 of that time and of row `n`: the same whenever it is asked for in one filling.
_ID = (
    "(lpad(to_hex(%(first)s + n), 12, '0') || '7' || substr(h, 1, 3) || 'a' "
    "|| substr(h, 4, 15))::uuid"
)
_ROWS = "FROM generate_series(%(from)s, %(to)s) n, LATERAL (SELECT md5(%(seed)s || n)) random(h)"
_HERE = "%(tenant)s, %(environment)s"


def _one_of(named: str) -> str:
    """Rows name each of a few of their own time where there are any: not all of them the same."""
    return f"(%({named})s::uuid[])[1 + n %% cardinality(%({named})s::uuid[])]"


def _terms(kind: str, *terms: str) -> str:
    return (
        "INSERT INTO search_searchterm (id, tenant_id, environment_id, object_type, object_id, "
        f"term) SELECT gen_random_uuid(), {_HERE}, '{kind}', {_ID}, term {_ROWS}, "
        f"unnest(ARRAY[{', '.join(terms)}]) term"
    )


# Of each class its rows, and then what goes with them.
_STATEMENTS: Mapping[str, Sequence[str]] = {
    "retired-service": (
        # A service and its policy name each other.
        f"""
WITH governed AS (
  INSERT INTO scaling_policies_scalingpolicy (id, tenant_id, environment_id, service_id, metric,
    min_replicas, max_replicas, target_utilization_percent)
  SELECT gen_random_uuid(), {_HERE}, {_ID}, 'cpu', 1, 1, 80 {_ROWS}
)
INSERT INTO services_runtimeservice (id, tenant_id, environment_id, module_id, component_type,
  image, version, compute_target, replicas, endpoint_url, status, deployment_id)
SELECT {_ID}, {_HERE}, 'svc-' || n, 'microservice', 'registry.example/svc:1.' || n %% 40,
  '1.' || n %% 40, 'aks', 1, '', 'Retired', {_one_of("deployments")} {_ROWS}
""",
        _terms("service", "n::text", "'microservice'", "'1.' || n %% 40", "'svc:1.' || n %% 40"),
    ),
    "deployment-history": (
        f"""
INSERT INTO deployments_runtimedeployment (id, tenant_id, environment_id, release_ref, strategy,
  status, gate, requested_by, reason, configuration_id)
SELECT {_ID}, {_HERE}, 'release-' || n, 'rolling', 'Completed', 'external', 'nobody', '',
  {_one_of("configurations")} {_ROWS}
""",
        f"""
INSERT INTO deployments_deploymentstep (id, tenant_id, environment_id, deployment_id, position,
  name, status, log_path, log_sha256)
SELECT gen_random_uuid(), {_HERE}, {_ID}, position, 'apply', 'Succeeded', '', '' {_ROWS},
  generate_series(1, 2) position
""",
        f"""
INSERT INTO deployments_deploymentproduct (id, tenant_id, environment_id, deployment_id,
  service_id, module_id, change, image_before, image_after, version_before, version_after)
SELECT gen_random_uuid(), {_HERE}, {_ID}, %(service)s, 'first', 'updated',
  'registry.example/first:1.0', 'registry.example/first:1.1', '1.0', '1.1' {_ROWS}
""",
        _terms("deployment", "'release-' || n", "n::text"),
    ),
    "configuration-version": (
        f"""
INSERT INTO configurations_runtimeconfiguration (id, tenant_id, environment_id, version, status,
  payload, checksum, created_by)
SELECT {_ID}, {_HERE}, %(first_version)s + n, 'Discarded', jsonb_build_object('level', n),
  repeat('0', 64), 'nobody' {_ROWS}
""",
        _terms("configuration", "(%(first_version)s + n)::text", "'level'"),
    ),
    "health-result": (
        f"""
INSERT INTO health_results_healthcheckresult (id, tenant_id, environment_id, service_id, status,
  probe, latency_ms, detail, checked_at)
SELECT {_ID}, {_HERE}, %(service)s, 'Healthy', %(seed)s, 12, '200 OK',
  %(at)s::timestamptz + n * interval '1 second' {_ROWS}
""",
    ),
    "drift-finding": (
        f"""
INSERT INTO drift_findings_runtimedriftfinding (id, tenant_id, environment_id, service_id, kind,
  module_id, path, identity, severity, desired, observed, status, first_check_id, last_check_id,
  acknowledged_by, acknowledged_reason, resolution, resolution_reason)
SELECT {_ID}, {_HERE}, %(service)s, 'replicas', 'svc-' || n %% 1000, 'spec.replicas',
  repeat('0', 64), 'warning', '2', '3', 'Resolved', gen_random_uuid(), gen_random_uuid(),
  '', '', 'by-itself', '' {_ROWS}
""",
        _terms("finding", "'svc-' || n %% 1000", "'replicas'", "'spec.replicas'"),
    ),
}
TABLES = (
    "services_runtimeservice", "scaling_policies_scalingpolicy", "deployments_runtimedeployment",
    "deployments_deploymentstep", "deployments_deploymentproduct",
    "configurations_runtimeconfiguration", "health_results_healthcheckresult",
    "drift_findings_runtimedriftfinding", "search_searchterm",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """An environment of a tenant with one service in it, which was deployed there."""

    schema: str
    tenant: str
    environment: UUID

    def table(self, name: str) -> str:
        return f'"{self.schema}"."{name}"'


def fill(
    place: Place, counts: Mapping[str, int], *, at: datetime = LONG_AGO, searched: bool = True
) -> None:
    """{data class: how many rows} whose clocks stand at that time; what goes with them comes with
    them, terms of the search where they are wanted. Commits.

    All from long ago are due but the newest deployment: what replaced that came later.
    """
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        schema = connections["owner"].ops.quote_name(place.schema)
        cursor.execute(f"SET LOCAL search_path = {schema}, public")
        cursor.execute(f"SET LOCAL app.clock = '{at.isoformat()}'")
        for data_class, count in counts.items():
            given = _given(cursor, place, at)
            for statement in _STATEMENTS[data_class]:
                if searched or "search_searchterm" not in statement:
                    for first, last in ((1, min(count, FEW)), (FEW + 1, count)):
                        cursor.execute(statement, {**given, "from": first, "to": last})
                        cursor.execute(f"ANALYZE {', '.join(TABLES)}")


def settle(place: Place) -> None:
    """As if the database had had a quiet night since: what has gone has gone from the tables."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {place.table(table)}")


def _given(cursor: Any, place: Place, at: datetime) -> dict[str, Any]:
    here = [place.tenant, place.environment]
    cursor.execute(
        "SELECT s.id, d.id, d.configuration_id FROM services_runtimeservice s "
        "JOIN deployments_runtimedeployment d ON d.id = s.deployment_id "
        "WHERE s.tenant_id = %s AND s.environment_id = %s ORDER BY d.id DESC, s.id LIMIT 1",
        here,
    )
    service, deployment, configuration = cursor.fetchone()
    named = {"deployments": [deployment], "configurations": [configuration]}
    for name, table in (
        ("deployments", "deployments_runtimedeployment"),
        ("configurations", "configurations_runtimeconfiguration"),
    ):
        cursor.execute(
            f"SELECT id FROM {table} WHERE tenant_id = %s AND environment_id = %s "
            "AND created_at = %s ORDER BY id LIMIT 200",
            [*here, at],
        )
        named[name] = [row for (row,) in cursor.fetchall()] or named[name]
    cursor.execute(
        "SELECT max(version) FROM configurations_runtimeconfiguration "
        "WHERE tenant_id = %s AND environment_id = %s",
        here,
    )
    (version,) = cursor.fetchone()
    return {
        **named, "tenant": place.tenant, "environment": place.environment, "service": service,
        "first_version": version + 1000, "seed": uuid4().hex, "at": at,
        "first": int(at.timestamp() * 1000),
    }  # fmt: skip
