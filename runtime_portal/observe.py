"""What is noted of every request when it has been answered."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from runtime_portal import metrics


class ObserveMiddleware:
    """Counts and times each request by the name of its view, never by its path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        metrics.count(view_name(request), request.method or "", response.status_code, seconds)
        return response


def view_name(request: HttpRequest) -> str:
    """As in the URLconf; "none" where no view was found."""
    match = request.resolver_match
    return match.view_name if match else "none"
