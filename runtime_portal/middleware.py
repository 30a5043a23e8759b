"""What wraps every request: an id that every answer carries, and the person's time zone."""

import re
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.core.ids import uuid7

# A token in its place by mistake would stand in every log.
_GIVEN = re.compile(r"(?!rp_)[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Takes the caller's X-Request-ID where it is one, makes one otherwise, and answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _GIVEN.fullmatch(given) else str(uuid7())  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


class TimeZoneMiddleware:
    """Times are shown in the zone of whoever is signed in; UTC where there is no such zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        """Not for public pages: those ask for no person at all."""
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            try:
                timezone.activate(zoneinfo.ZoneInfo(request.user.time_zone))
            except (KeyError, ValueError, OSError):
                timezone.deactivate()
