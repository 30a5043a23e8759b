"""`/metrics` in the text format of Prometheus: this web's requests, and what the database knows.

Labels are names that the code gives (views, methods, statuses, jobs, data classes): no tenant, no
address of a page, nothing that a request may choose. Several web processes share
`PROMETHEUS_MULTIPROC_DIR`, an empty directory, so that each answers for all; without it each tells
of itself alone.
"""

import ipaddress
import os
import secrets
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from apps.core.access import needs

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# A proxy on this machine is a loopback peer too, and whom it speaks for is not.
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")

REQUESTS = Counter(
    "portal_http_requests",
    "Requests answered, by the name of the view (none: no such page), method and status.",
    ["view", "method", "status"],
    registry=None,
)
SECONDS = Histogram(
    "portal_http_request_seconds",
    "Time to answer, by the name of the view.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=None,
)
# {what app.meters says: (name, help, its label)}; `job` is a label that Prometheus itself gives.
GAUGES = {
    "job_started": ("portal_job_started_timestamp_seconds", "When a job last began.", "task"),
    "job_succeeded": ("portal_job_succeeded_timestamp_seconds", "When it last succeeded.", "task"),
    "job_failed": (
        "portal_job_failed_timestamp_seconds",
        "When it failed, if it has not succeeded since.",
        "task",
    ),
    "run_ended": (
        "portal_retention_run_ended_timestamp_seconds",
        "When a run of retention last ended, of every tenant and class.",
        "",
    ),
    "run_ended_well": (
        "portal_retention_run_success",
        "1 where the last one did what was due, 0 where it was found wanting or interrupted.",
        "",
    ),
    "run_succeeded": (
        "portal_retention_success_timestamp_seconds",
        "When one last did all that was due.",
        "",
    ),
    "due": (
        "portal_retention_due_rows",
        "Rows that may go, and are there, at the last count.",
        "data_class",
    ),
    "kept": (
        "portal_retention_kept_rows",
        "Rows past their window that a hold or a state keeps, at the last count.",
        "data_class",
    ),
    "oldest_due": (
        "portal_retention_oldest_due_timestamp_seconds",
        "When the window of the oldest due row passed; none where nothing is due.",
        "data_class",
    ),
    "alerts": ("portal_alerts_open", "Where something was due and did not go.", "kind"),
    "queue": ("portal_queue_jobs", "Jobs that wait for a worker, or are at work.", "state"),
    "queue_oldest": (
        "portal_queue_oldest_seconds",
        "How long the job that waits for longest has been ready.",
        "",
    ),
    "worker_seen": ("portal_worker_seen_timestamp_seconds", "The last sign of any worker.", ""),
}


def method_of(given: str) -> str:
    """One of those that there are, or "other": anybody may make up a method."""
    return given if given in METHODS else "other"


def count(view: str, method: str, status: int, seconds: float) -> None:
    """One request that has been answered."""
    REQUESTS.labels(view, method_of(method), str(status)).inc()
    SECONDS.labels(view).observe(seconds)


class DatabaseMeters(Collector):
    """Asked at each scrape, in one statement; one that fails is told as such."""

    def collect(self) -> Iterator[Metric]:
        found: list[tuple[str, str, float]] = []
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT meter, label, value FROM app.meters()")
                found = cursor.fetchall()
            up = 1
        except DatabaseError:  # its text is nobody's business
            up = 0
        yield GaugeMetricFamily("portal_database_up", "Whether the database answers.", value=up)
        for meter, (name, about, label) in GAUGES.items():
            family = GaugeMetricFamily(name, about, labels=[label] if label else [])
            for of, labelled, value in found:
                if of == meter:
                    family.add_metric([labelled] if label else [], value)
            yield family


def exposition() -> bytes:
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    registry.register(DatabaseMeters())
    return generate_latest(registry)


@needs("public")
@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For who has METRICS_TOKEN; where there is none, for this machine alone."""
    if not _is_let_in(request):
        response = HttpResponse(
            "Needs METRICS_TOKEN, or where none is set a scraper on this machine.\n",
            status=401 if settings.METRICS_TOKEN else 403,
            content_type="text/plain",
        )
        if settings.METRICS_TOKEN:
            response["WWW-Authenticate"] = "Bearer"
        return response
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _is_let_in(request: HttpRequest) -> bool:
    if token := settings.METRICS_TOKEN:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and secrets.compare_digest(
            given.strip().encode(), token.encode()
        )
    if any(header in request.headers for header in FORWARDED):
        return False
    return _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: Any) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)
