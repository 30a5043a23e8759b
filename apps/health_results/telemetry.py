"""Health results as OpenTelemetry metrics, as they arrive: told before they leave the database.

Sent by OTLP over HTTP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says, every
`OTEL_METRIC_EXPORT_INTERVAL` milliseconds and when the process ends; without an endpoint nothing is
kept and nothing is sent. The instruments:

- `runtime.health.results`, a counter of results, by tenant, environment, service, probe and status;
- `runtime.health.latency`, a histogram in milliseconds, by the same without status.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

# Tenant, environment, service, probe.
Key = tuple[str, UUID, UUID, str]


class Offer:
    """What one call has recorded, told once it is committed: four bytes a result."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Key, str]] = Counter()
        self.latencies: dict[Key, array[int]] = defaultdict(lambda: array("i"))

    def add(self, key: Key, status: str, latency_ms: int | None) -> None:
        self.counts[(key, status)] += 1
        if latency_ms is not None:
            self.latencies[key].append(latency_ms)

    def tell(self) -> None:
        results, latency = _instruments()
        for (key, status), count in self.counts.items():
            results.add(count, {**_attributes(key), "status": status})
        for key, values in self.latencies.items():
            attributes = _attributes(key)
            for value in values:
                latency.record(value, attributes)


def is_on() -> bool:
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


def _attributes(key: Key) -> dict[str, str]:
    tenant, environment, service, probe = key
    return {
        "tenantId": tenant,
        "environmentId": str(environment),
        "serviceId": str(service),
        "probe": probe,
    }


@cache
def _instruments() -> Sequence[Any]:
    """Made when first used: the exporter's thread belongs to the process that has results.

    Imported here, because a process that tells nothing need not carry what telling takes.
    """
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    exporter = OTLPMetricExporter(
        endpoint=f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/metrics"
    )
    provider = MeterProvider(
        metric_readers=[PeriodicExportingMetricReader(exporter)],
        resource=Resource.create({"service.name": "runtime-portal"}),
    )
    meter = provider.get_meter("runtime_portal.health")
    return (
        meter.create_counter("runtime.health.results", unit="{result}"),
        meter.create_histogram("runtime.health.latency", unit="ms"),
    )
