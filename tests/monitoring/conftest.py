"""Lines of the log as the web writes them, and spans as they would be sent."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from apps.core import traces
from runtime_portal.logs import JsonLines, RefusalsInALine, WithoutPaths
from tests.api.conftest import acme, tokens  # noqa: F401
from tests.console.signed_in import sign_in  # noqa: F401


class Lines:
    """What the handler has written."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["logger"] == "runtime_portal.requests"]


@pytest.fixture
def lines() -> Iterator[Lines]:
    found = Lines()
    handler = logging.StreamHandler(found.stream)
    handler.setFormatter(JsonLines())
    for one in (RefusalsInALine(), WithoutPaths()):
        handler.addFilter(one)
    gunicorn = logging.getLogger("gunicorn.error")
    for logger in (logging.getLogger(), gunicorn):
        logger.addHandler(handler)
    yield found
    for logger in (logging.getLogger(), gunicorn):
        logger.removeHandler(handler)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Each span when it has ended."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("tests")
    monkeypatch.setattr(traces, "tracer", lambda: tracer)
    return exporter
