"""Every URL of the API, as plain lines; what is none of them is a problem document, too."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from apps.api.problems import NOT_THERE, plain
from apps.core.access import needs
from apps.services.api import ServiceViewSet
from runtime_portal import console

PREFIX = "/v1/"


@csrf_exempt
@needs("public")
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever else there is under /v1/."""
    return plain(request, "not-found", NOT_THERE)


nothing.login_required = False  # type: ignore[attr-defined]


def verb(view: Any, name: str, **more: str) -> Any:
    """POST to a sub-path: the operation of that name."""
    return view.as_view({"post": name, **more})


app_name = "api"
urlpatterns = [
    path(
        "runtime/services",
        ServiceViewSet.as_view({"get": "list", "post": "create"}),
        name="services",
    ),
    path(
        "runtime/services/<uuid:id>",
        ServiceViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="service",
    ),
    path("runtime/services/<uuid:id>/run", verb(ServiceViewSet, "run"), name="service_run"),
    path(
        "runtime/services/<uuid:id>/degrade",
        verb(ServiceViewSet, "degrade"),
        name="service_degrade",
    ),
    path("runtime/services/<uuid:id>/stop", verb(ServiceViewSet, "stop"), name="service_stop"),
    path("runtime/services/<uuid:id>/start", verb(ServiceViewSet, "start"), name="service_start"),
    path(
        "runtime/services/<uuid:id>/retire", verb(ServiceViewSet, "retire"), name="service_retire"
    ),
    re_path(r"^(?P<rest>.*)$", nothing, name="nothing"),
]


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(PREFIX)


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return plain(request, "malformed-request")
    return HttpResponse("Bad Request", status=400, content_type="text/plain")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return plain(request, "not-found", NOT_THERE)
    return console.not_found(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return (
        plain(request, "forbidden") if _is_api(request) else console.forbidden(request, exception)
    )


def failed(request: HttpRequest) -> HttpResponse:
    return plain(request, "failed") if _is_api(request) else console.failed(request)
