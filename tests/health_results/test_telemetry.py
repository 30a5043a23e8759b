"""Results leave as OpenTelemetry metrics: read here by a receiver that takes OTLP over HTTP."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from tests.health_results.results import ago
from tests.tenant_bindings.test_worker import _environment
from tests.world import World

Points = dict[str, list[tuple[dict[str, str], Any]]]


class Receiver(HTTPServer):
    """Keeps the newest point of each series, as a collector does of cumulative ones."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[ExportMetricsServiceRequest] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def points(self, name: str) -> list[tuple[dict[str, str], Any]]:
        found: dict[str, tuple[dict[str, str], Any]] = {}
        for request in self.requests:
            for resource in request.resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        if metric.name == name:
                            for point in getattr(metric, metric.WhichOneof("data")).data_points:
                                of = {a.key: a.value.string_value for a in point.attributes}
                                found[json.dumps(of, sort_keys=True)] = (of, point)
        return list(found.values())


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        assert self.path == "/v1/metrics"
        self.server.requests.append(ExportMetricsServiceRequest.FromString(body))
        answer = ExportMetricsServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def record(world: World, file: Path, endpoint: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "record_health", "--tenant", world.acme.slug,
         "--environment", str(world.acme.environments["pool"]), str(file), *options],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=60,
        env={**_environment(), "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint},
    )  # fmt: skip
    return f"{done.returncode} {done.stderr}"


def lines(*results: dict[str, Any]) -> str:
    return "\n".join(
        json.dumps({"moduleId": "cart", "probe": "http", "status": "Healthy",
                    "checkedAt": ago(seconds=n).isoformat(), **result})
        for n, result in enumerate(results)
    )  # fmt: skip


def test_a_receiver_has_counts_by_status_and_a_histogram_of_latencies(
    fresh: Callable[[], World], tmp_path: Path, receiver: Receiver
) -> None:
    world, file = fresh(), tmp_path / "results.jsonl"
    file.write_text(
        lines(
            {"latencyMs": 3}, {"latencyMs": 40}, {"status": "Unhealthy", "latencyMs": 9000},
            {"probe": "tcp"},
        )
    )  # fmt: skip
    assert record(world, file, receiver.url).startswith("0 ")
    counted = {
        (of["probe"], of["status"]): point.as_int
        for of, point in receiver.points("runtime.health.results")
    }
    assert counted == {("http", "Healthy"): 2, ("http", "Unhealthy"): 1, ("tcp", "Healthy"): 1}
    [(of, latency)] = receiver.points("runtime.health.latency")
    assert of == {
        "tenantId": world.acme.slug,
        "environmentId": str(world.acme.environments["pool"]),
        "serviceId": str(world.acme.services["pool"]["cart"]),
        "probe": "http",
    }
    assert (latency.count, latency.sum, latency.max) == (3, 9043, 9000)
    # What was recorded before is a duplicate, and is told once.
    receiver.requests.clear()
    assert record(world, file, receiver.url).startswith("0 ")
    assert receiver.points("runtime.health.results") == []


def test_what_was_refused_is_not_told(
    fresh: Callable[[], World], tmp_path: Path, receiver: Receiver
) -> None:
    world, file = fresh(), tmp_path / "results.jsonl"
    file.write_text(lines({}, {"moduleId": "nobody"}))
    assert record(world, file, receiver.url).startswith("1 ")
    assert receiver.points("runtime.health.results") == []
    assert record(world, file, receiver.url, "--keep-good").startswith(("0 ", "1 "))
    assert len(receiver.points("runtime.health.results")) == 1


def test_a_receiver_that_is_not_there_stops_no_result(
    fresh: Callable[[], World], tmp_path: Path
) -> None:
    world, file = fresh(), tmp_path / "results.jsonl"
    file.write_text(lines({}))
    assert record(world, file, "http://127.0.0.1:9").startswith("0 ")
