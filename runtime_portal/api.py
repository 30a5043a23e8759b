"""Every URL of the API, as plain lines; what is none of them is a problem document, too."""

import sys
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition

from apps.api import openapi
from apps.api.problems import NOT_THERE, is_away, plain
from apps.audit_trail.api import AuditEventViewSet
from apps.configurations.api import ConfigurationViewSet
from apps.core.access import needs
from apps.deployments.api import DeploymentViewSet
from apps.drift_findings.api import DriftFindingViewSet
from apps.health_results.api import HealthResultViewSet
from apps.people.api import ClientViewSet, PersonViewSet
from apps.retention.api import GovernanceExceptionViewSet, LegalHoldViewSet, RetentionRunViewSet
from apps.scaling_policies.api import ScalingPolicyViewSet
from apps.services.api import ServiceViewSet
from apps.tenant_bindings.api import BindingViewSet, EnvironmentViewSet
from runtime_portal import console

PREFIX = "/v1/"


@csrf_exempt
@needs("public")
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever else there is under /v1/."""
    return plain(request, "not-found", NOT_THERE)


nothing.login_required = False  # type: ignore[attr-defined]


@csrf_exempt
@needs("public")
@condition(etag_func=lambda request: openapi.etag())
def document(request: HttpRequest) -> HttpResponse:
    """What the API is, as OpenAPI: the same for everybody, so that anybody may keep it a while."""
    if request.method not in ("GET", "HEAD"):
        refused = plain(request, "method-not-allowed")
        refused["Allow"] = "GET, HEAD"
        return refused
    response = HttpResponse(openapi.text(), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    return response


document.login_required = False  # type: ignore[attr-defined]


def collection(
    name: str, view: Any, *verbs: str, parts: Sequence[str] = (), many: Sequence[str] = ()
) -> list[URLPattern]:
    """`/name` and `/name/<id>`; `verbs` are sub-paths of the latter, of operations of that name.

    So are `parts`, which are read. `many`: verbs that are sub-paths of `/name`, too, for an array.
    """
    lists = {"get": "list", "post": "create", "patch": "update_many"}
    all_of = {method: action for method, action in lists.items() if hasattr(view, action)}
    methods = {"get": "retrieve", "patch": "partial_update"}
    one = {method: action for method, action in methods.items() if hasattr(view, action)}
    place = f"runtime/{name}/<uuid:id>"
    return [
        path(f"runtime/{name}", view.as_view(all_of), name=name),
        *(
            [
                path(
                    f"runtime/{name}/import",
                    view.as_view({"post": "import_rows"}),
                    name=f"{name}-import",
                )
            ]
            if hasattr(view, "import_rows")
            else []
        ),
        *(
            [path(f"runtime/{name}/export", view.as_view({"get": "export"}), name=f"{name}-export")]
            if hasattr(view, "export")
            else []
        ),
        *[
            path(
                f"runtime/{name}/{verb}",
                view.as_view({"post": f"{verb}_many"}),
                name=f"{name}-{verb}-many",
            )
            for verb in many
        ],
        *([path(place, view.as_view(one), name=f"{name}-one")] if one else []),
        *[
            path(
                f"{place}/{verb.replace('_', '-')}",
                view.as_view({"get" if verb in parts else "post": verb}),
                name=f"{name}-{verb}",
            )
            for verb in (*verbs, *parts)
        ],
    ]


SERVICE_VERBS = ("run", "degrade", "stop", "start", "retire")
app_name = "api"
urlpatterns = [
    *collection("services", ServiceViewSet, *SERVICE_VERBS, many=SERVICE_VERBS),
    *collection(
        "deployments", DeploymentViewSet,
        "advance", "roll_out", "fail", "back_out", "finish_back_out", "mark_bad", "clear_bad",
        "rollback",
    ),
    *collection("configurations", ConfigurationViewSet, "publish", "discard"),
    *collection("scaling-policies", ScalingPolicyViewSet),
    *collection("tenant-bindings", BindingViewSet),
    *collection("environments", EnvironmentViewSet),
    *collection("health-results", HealthResultViewSet),
    *collection(
        "drift-findings", DriftFindingViewSet, "acknowledge", "unacknowledge", "resolve",
        many=["acknowledge", "resolve"],
    ),
    *collection("retention-runs", RetentionRunViewSet, parts=["certificate"]),
    *collection("governance-exceptions", GovernanceExceptionViewSet, "withdraw"),
    *collection("legal-holds", LegalHoldViewSet),
    *collection("people", PersonViewSet),
    *collection("clients", ClientViewSet),
    *collection("audit-events", AuditEventViewSet),
    path(
        "runtime/audit-events/chains",
        AuditEventViewSet.as_view({"get": "chains"}),
        name="audit-events-chains",
    ),
    path("openapi.json", document, name="openapi"),
    re_path(r"^(?P<rest>.*)$", nothing, name="nothing"),
]  # fmt: skip


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


def _retry(response: HttpResponse) -> HttpResponse:
    response["Retry-After"] = "5"
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """Asked by Django while it handles what was raised."""
    if is_away(sys.exc_info()[1]):
        if _is_api(request):
            return _retry(plain(request, "unavailable", "Try again in a moment."))
        return console.unavailable(request)
    return plain(request, "failed") if _is_api(request) else console.failed(request)
