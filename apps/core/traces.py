"""Spans by OpenTelemetry: of requests, jobs and the batches of retention.

Sent by OTLP over HTTP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says; without an endpoint none is made
and nothing of OpenTelemetry is loaded. A span carries names that the code gives, a tenant, a
request's id and numbers: never a path, a header, a body, an argument or the text of an error.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeVar

from django.conf import settings

Facts = Mapping[str, str | int | float | bool]
Work = TypeVar("Work", bound=Callable[..., Any])
# What every line of the log says besides: of the request or job at work.
_said: ContextVar[Facts] = ContextVar("said", default=MappingProxyType({}))


def said() -> Facts:
    return _said.get()


@contextmanager
def saying(facts: Facts) -> Iterator[None]:
    """Lines of the log say this, too, until it ends."""
    token = _said.set({**_said.get(), **facts})
    try:
        yield
    finally:
        _said.reset(token)


def say(**facts: str) -> None:
    """Adds to what is said until the innermost `saying` ends."""
    _said.set({**_said.get(), **facts})


@functools.cache
def tracer() -> Any:
    """None where spans go nowhere. Made when first used: its thread belongs to this process."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "runtime-portal"}))
    endpoint = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider.get_tracer("runtime_portal")


@contextmanager
def span(name: str, facts: Facts, *, of: Mapping[str, str] | None = None) -> Iterator[None]:
    """`of`: headers of whoever asks, whose trace it goes on where they name one."""
    made = tracer()
    if made is None:
        yield
        return
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract(of) if of is not None else None
    # Its own way to record an error tells the error's text and the way to it.
    with made.start_as_current_span(
        name,
        context=parent,
        kind=SpanKind.INTERNAL if of is None else SpanKind.SERVER,
        attributes=dict(facts),
        record_exception=False,
        set_status_on_exception=False,
    ):
        try:
            yield
        except BaseException as error:
            failed(type(error).__name__)
            raise


def spanned(name: str, facts: Callable[..., Facts]) -> Callable[[Work], Work]:
    """A span around each call; `facts` makes its attributes of the same arguments."""

    def around(work: Work) -> Work:
        @functools.wraps(work)
        def run(*args: Any, **kwargs: Any) -> Any:
            if tracer() is None:
                return work(*args, **kwargs)
            with span(name, facts(*args, **kwargs)):
                return work(*args, **kwargs)

        return run  # type: ignore[return-value]

    return around


def note(facts: Facts) -> None:
    """Adds to the innermost span."""
    if tracer() is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(dict(facts))


def of_class(tenant_id: str, data_class: str) -> Facts:
    """Attributes of what retention does."""
    return {"portal.tenant.id": tenant_id, "portal.data_class": data_class}


def note_rows(count: int) -> None:
    note({"portal.rows": count})


def rename(name: str) -> None:
    """Of the innermost span, where its name is known at its end only."""
    if tracer() is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().update_name(name)


def failed(kind: str) -> None:
    """Marks the innermost span; `kind` is a name of the code, or a status."""
    if tracer() is not None:
        from opentelemetry.trace import Status, StatusCode, get_current_span

        get_current_span().set_status(Status(StatusCode.ERROR))
        get_current_span().set_attribute("error.type", kind)


def trace_id() -> str:
    """Of the innermost span, as OpenTelemetry writes it; empty outside."""
    if tracer() is None:
        return ""
    from opentelemetry.trace import format_trace_id, get_current_span

    found = get_current_span().get_span_context()
    return format_trace_id(found.trace_id) if found.is_valid else ""
