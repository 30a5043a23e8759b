"""RFC 9457 problem documents: every error under /v1/ is one, of a type that stays.

Promises: no answer tells more than the type, a sentence and the fields that were wrong; what is
another's is answered as what does not exist, byte for byte but for the request's id.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from apps.core.errors import Fields, Forbidden, Invalid, NotFound, PortalError, Suspended
from apps.quotas.operations import OverQuota

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:runtime-portal:problem:"
NOT_THERE = "There is no such thing here."
logger = logging.getLogger("runtime_portal.api")

# {name: (status, title)}: what clients branch on. A name never changes its meaning.
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "malformed-request": (400, "The request cannot be read"),
    "bad-parameter": (400, "A parameter of the query is unknown or wrong"),
    "unauthenticated": (401, "A valid API token is needed"),
    "forbidden": (403, "The token lacks the right"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "not-acceptable": (406, "Only JSON is given"),
    "conflict": (409, "The state of things forbids it"),
    "over-quota": (409, "The binding's quota is used up"),
    "binding-suspended": (409, "The binding admits reads only"),
    "idempotency-conflict": (409, "The key was used for another request"),
    "length-required": (411, "The length of the body is missing"),
    "precondition-failed": (412, "It has changed since it was read"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body is in a form that is not read here"),
    "invalid": (422, "Something in the request is wrong"),
    "too-early": (425, "The first request with this key is under way"),
    "precondition-required": (428, "Production is changed with If-Match"),
    "too-many-requests": (429, "The binding's throughput is used up"),
    "failed": (500, "The portal failed"),
    "unavailable": (503, "The portal cannot answer now"),
}
# Of several with one status the first.
_NAMES = {status: name for name, (status, _) in list(PROBLEMS.items())[::-1]}
_INDEXED = re.compile(r"^\w*\[(\d+)\]\.?(.*)$")


@dataclass
class Problem(Exception):
    """What a request is answered with instead; `more` are members beside the standard ones."""

    name: str
    detail: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return PROBLEMS[self.name][0]

    def document(self, request_id: str) -> dict[str, Any]:
        status, title = PROBLEMS[self.name]
        found = {"type": TYPE + self.name, "title": title, "status": status}
        if self.detail:
            found["detail"] = self.detail
        return {**found, **self.more, "requestId": request_id}


def errors_of(fields: Fields) -> list[dict[str, Any]]:
    """{"services[3].replicas": […]} as [{"index": 3, "field": "replicas", "messages": […]}]."""
    found: list[dict[str, Any]] = []
    for name, messages in fields.items():
        place: dict[str, Any] = {"field": name}
        if indexed := _INDEXED.match(name):
            place = {"index": int(indexed[1]), "field": indexed[2]}
        found.append({**place, "messages": list(messages)})
    return found


def bad_parameter(name: str, message: str) -> Problem:
    errors = errors_of({name: [message]})
    return Problem("bad-parameter", f"{name}: {message}", {"errors": errors})


def problem_of(error: Exception) -> Problem:
    """What an exception is to a client. What nobody foresaw is logged, and says nothing."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotFound | Http404 | exceptions.NotFound):
        return Problem("not-found", NOT_THERE)
    if isinstance(error, PortalError):
        return _refused(error)
    if isinstance(error, exceptions.APIException):
        return _of_the_framework(error)
    if isinstance(error, PermissionDenied):
        return Problem("forbidden", str(error))
    if isinstance(error, RequestDataTooBig):
        return Problem("too-large")
    if isinstance(error, SuspiciousOperation):
        return Problem("malformed-request")
    logger.exception("an API request failed", exc_info=error)
    if is_away(error):
        return Problem("unavailable", "Try again in a moment.", headers={"Retry-After": "5"})
    return Problem("failed", "It is in the log under this request's id.")


def _refused(error: PortalError) -> Problem:
    more = {"errors": errors_of(error.fields)} if error.fields else {}
    if isinstance(error, Invalid):
        return Problem("invalid", error.message, more)
    if isinstance(error, Forbidden):
        return Problem("forbidden", error.message, more)
    if isinstance(error, Suspended):
        return Problem("binding-suspended", error.message, more)
    name = "over-quota" if isinstance(error, OverQuota) else "conflict"
    return Problem(name, error.message, more)


def _of_the_framework(error: exceptions.APIException) -> Problem:
    return Problem(_NAMES.get(error.status_code, "malformed-request"), str(error.detail))


def is_away(error: BaseException | None) -> bool:
    """The database does not answer, or a deadlock, or a lock that did not come in time.

    The same request may pass a moment later.
    """
    if isinstance(error, OperationalError | InterfaceError):
        return True
    state = getattr(error.__cause__, "sqlstate", "") if isinstance(error, DatabaseError) else ""
    return state in ("40P01", "55P03", "40001")


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """The exception handler of the framework."""
    problem = problem_of(error)
    request = context["request"]
    return Response(
        problem.document(getattr(request, "request_id", "")),
        status=problem.status,
        headers=problem.headers,
        content_type=MEDIA_TYPE,
    )


def plain(request: HttpRequest, name: str, detail: str = "") -> JsonResponse:
    """A problem outside the framework: no view was found, or the commit failed."""
    problem = Problem(name, detail)
    response = JsonResponse(
        problem.document(getattr(request, "request_id", "")),
        status=problem.status,
        content_type=MEDIA_TYPE,
    )
    response["Cache-Control"] = "no-store"
    return response
