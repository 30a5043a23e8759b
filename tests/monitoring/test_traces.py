"""Spans of requests, jobs and retention's batches: names and numbers, and nothing that was sent."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from procrastinate.contrib.django import app

from apps.core import traces
from apps.core.access import Role
from apps.services import views as service_views
from tests.api.caller import Caller
from tests.console.signed_in import SignIn
from tests.core.shell import manage
from tests.monitoring.conftest import Lines
from tests.monitoring.test_logs import plant
from tests.retention.ages import SERVICES, aged
from tests.tenant_bindings.test_worker import _environment
from tests.world import World

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Receiver(HTTPServer):
    """Keeps what comes by OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans: list[Any] = []


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    self.server.spans += scope.spans
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_request_is_a_span_with_tenant_and_request_id(
    world: World, sign_in: SignIn, spans: InMemorySpanExporter, lines: Lines
) -> None:
    browser = sign_in(world.acme.people[Role.TENANT_VIEWER])
    answer = browser.get("/t/acme/services/?q=cart")
    (span,) = spans.get_finished_spans()
    assert span.name == "GET services:service_list"
    assert dict(span.attributes or {}) == {
        "portal.request.id": answer["X-Request-ID"], "portal.view": "services:service_list",
        "portal.tenant.id": "acme", "http.request.method": "GET", "http.response.status_code": 200,
    }  # fmt: skip
    assert span.status.is_ok
    (line,) = lines.requests()
    assert line["traceId"] == f"{span.context.trace_id:032x}"


def test_it_goes_on_a_trace_that_it_is_told_of(
    world: World, sign_in: SignIn, spans: InMemorySpanExporter
) -> None:
    sign_in(None).get("/healthz", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    sign_in(None).get("/healthz", headers={"traceparent": "nonsense"})
    first, second = spans.get_finished_spans()
    assert f"{first.context.trace_id:032x}" == TRACE
    assert f"{second.context.trace_id:032x}" != TRACE


def test_a_failure_marks_its_span_and_tells_no_text(
    world: World,
    sign_in: SignIn,
    spans: InMemorySpanExporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*args: Any, **more: Any) -> Any:
        raise ValueError("planted")

    monkeypatch.setattr(service_views, "environment_filter", fails)
    sign_in(world.acme.people[Role.TENANT_VIEWER]).get("/t/acme/services/")
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok and (span.attributes or {})["error.type"] == "500"
    assert "planted" not in span.to_json() and not span.events


def test_nothing_that_was_sent_is_in_any_span(
    world: World, acme: Caller, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = plant(world, acme, monkeypatch)
    found = "\n".join(span.to_json() for span in spans.get_finished_spans())
    assert len(spans.get_finished_spans()) >= 15
    for secret in secrets:
        assert secret not in found


def test_a_run_is_a_span_a_class_with_its_batches_within(
    committed: None, spans: InMemorySpanExporter
) -> None:
    found = aged()
    found.retire("cart")
    found.age(SERVICES, "91 days", "retired_at IS NOT NULL")
    assert manage("run_retention", "--tenant", found.slug).code == 0
    of = {"portal.tenant.id": found.slug, "portal.data_class": "retired-service"}
    ended = spans.get_finished_spans()
    (whole,) = [s for s in ended if s.name == "retention class" and dict(s.attributes or {}) == of]
    batches = [
        s for s in ended
        if s.name == "retention batch" and s.parent and s.parent.span_id == whole.context.span_id
    ]  # fmt: skip
    assert {**of, "portal.rows": 1} in [dict(batch.attributes or {}) for batch in batches]


def test_a_receiver_gets_the_spans_of_a_worker(
    world: World, committed: None, receiver: Receiver
) -> None:
    """A process of its own, which ends: what it has not sent yet is sent then."""
    app.configure_task("make_days", queue="upkeep").defer(timestamp=0)
    address = f"http://127.0.0.1:{receiver.server_port}"
    done = subprocess.run(
        [sys.executable, "manage.py", "runtime_inventory_worker", "--once"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120, check=False,
        env={**_environment(), "OTEL_EXPORTER_OTLP_ENDPOINT": address},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    jobs = {span.name: span for span in receiver.spans}
    attributes = {a.key: a.value.string_value for a in jobs["job make_days"].attributes}
    assert attributes == {"portal.job": "make_days"}


def test_without_an_endpoint_nothing_of_it_is_loaded(world: World) -> None:
    assert traces.tracer() is None
    script = (
        "import django; django.setup(); import sys; from django.test import Client; "
        "Client().get('/healthz', headers={'host': 'localhost'}); "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, capture_output=True, text=True,
        check=True, env={**_environment(), "OTEL_EXPORTER_OTLP_ENDPOINT": "",
                         "DJANGO_SETTINGS_MODULE": "runtime_portal.settings"},
    )  # fmt: skip
    assert told.stdout.strip().endswith("[]")
