"""What is noted of every request when it has been answered, and of every job: a number, a line of
the log and a span.

By the name of its view, its tenant and its id; never by its path, whose parts are anybody's words.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.core import traces
from runtime_portal import metrics

log = logging.getLogger("runtime_portal.requests")
# Asked for every few seconds by machines: a line only where they fail.
PROBES = ("healthz", "readyz", "metrics")


class ObserveMiddleware:
    """Around everything that knows the request's id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        facts = {"requestId": request.request_id}
        with traces.saying(facts), traces.span("request", _named(facts), of=request.headers):
            began = time.perf_counter()
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            view, method = view_name(request), metrics.method_of(request.method or "")
            metrics.count(view, method, response.status_code, seconds)
            _tell(request, response.status_code, view, method, seconds)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        traces.say(view=view_name(request))


def view_name(request: HttpRequest) -> str:
    """As in the URLconf; "none" where no view was found."""
    match = request.resolver_match
    return match.view_name if match else "none"


def _tell(request: Any, status: int, view: str, method: str, seconds: float) -> None:
    entered = getattr(request, "door", None)
    tenant = {"tenantId": entered.tenant_id} if entered and entered.tenant_id else {}
    line = {"view": view, "method": method, "status": status, **tenant}
    if status >= 400 or view not in PROBES:
        milliseconds = round(seconds * 1000, 1)
        log.info(
            "%s %s %s", method, view, status, extra={"said": {**line, "durationMs": milliseconds}}
        )
    traces.rename(f"{method} {view}")
    traces.note(
        {**_named(line), "http.request.method": method, "http.response.status_code": status}
    )
    if status >= 500:
        traces.failed(str(status))


def _named(facts: dict[str, Any]) -> dict[str, Any]:
    """As attributes of a span."""
    names = {"requestId": "portal.request.id", "tenantId": "portal.tenant.id",
             "view": "portal.view", "job": "portal.job"}  # fmt: skip
    return {name: facts[fact] for fact, name in names.items() if fact in facts}


async def observe_job(process: Callable[[], Awaitable[Any]], context: Any, worker: Any) -> Any:
    """Around each job of the worker: its name, never its arguments."""
    facts = {"job": context.job.task_name}
    with traces.saying(facts), traces.span(f"job {facts['job']}", _named(facts)):
        return await process()
