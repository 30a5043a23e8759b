"""SQL of this app's migration: Django's CREATE TABLE knows no PARTITION BY."""

from apps.core.walls.days import rest_statements

TABLE = "health_results_healthcheckresult"


def results(schema: str) -> list[str]:
    """The table, its indexes, and the part for what no day covers. Days come with the upkeep."""
    table = f'"{schema}"."{TABLE}"'
    key = "tenant_id, environment_id, service_id"
    return [
        f"""CREATE TABLE {table} (
  id uuid NOT NULL,
  tenant_id varchar(40) NOT NULL,
  environment_id uuid NOT NULL,
  service_id uuid NOT NULL,
  status varchar(16) NOT NULL,
  probe varchar(80) COLLATE "C" NOT NULL,
  latency_ms integer NULL,
  detail varchar(2000) NOT NULL,
  checked_at timestamptz NOT NULL,
  received_at timestamptz DEFAULT statement_timestamp() NOT NULL,
  CONSTRAINT health_result_key PRIMARY KEY (id, checked_at),
  CONSTRAINT health_result_once UNIQUE ({key}, probe, checked_at),
  CONSTRAINT health_result_status CHECK (status IN ('Healthy', 'Degraded', 'Unhealthy')),
  CONSTRAINT health_result_probe CHECK (probe <> ''),
  CONSTRAINT health_result_latency CHECK (latency_ms >= 0)
) PARTITION BY RANGE (checked_at)""",
        f'CREATE INDEX "health_result_newest" ON {table} ({key}, checked_at, id)',
        f'CREATE INDEX "health_result_ailing" ON {table} ({key}, checked_at) '
        "WHERE NOT (status = 'Healthy')",
        *rest_statements(schema, TABLE),
    ]


def first_slots(schema: str) -> list[str]:
    """The half hours of the results that are there already, as apps.health_results.slots counts."""
    return [
        f"""INSERT INTO "{schema}".health_results_healthslot
  (id, tenant_id, environment_id, service_id, begins,
   total, degraded, unhealthy, latency_total, latency_results)
SELECT gen_random_uuid(), tenant_id, environment_id, service_id,
  date_bin('30 minutes', checked_at, '2000-01-01Z'), count(*),
  count(*) FILTER (WHERE status = 'Degraded'), count(*) FILTER (WHERE status = 'Unhealthy'),
  coalesce(sum(latency_ms), 0), count(latency_ms)
FROM "{schema}".{TABLE} WHERE checked_at > now() - interval '25 hours'
GROUP BY tenant_id, environment_id, service_id, 5"""  # noqa: S608
    ]
