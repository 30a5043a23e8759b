"""The middleware that owns the transaction of a console request.

`ATOMIC_REQUESTS` would end before a TemplateResponse renders, and row security would then show an
empty list. So the door is entered in `process_view`, stays open until the answer is rendered, and
rolls back when the answer is a 5xx (by then Django has made a response of the exception).
"""

import contextlib
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import render
from django.urls import get_script_prefix, set_script_prefix

from apps.core import audit, door
from apps.core.access import Actor
from apps.core.errors import Forbidden, NotFound, PortalError
from apps.tenant_bindings.context import enter_platform, enter_tenant

SAFE = ("GET", "HEAD", "OPTIONS")
_TENANT_ADMIN = re.compile(r"^(/t/([a-z][a-z0-9-]{1,38}[a-z0-9])/admin/(silo|pool|shared))(/.*)$")


class DoorMiddleware:
    """Enters the tenant of `/t/<tenant>/…` or the platform's control plane before the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        with contextlib.ExitStack() as stack:
            _find_tenant_admin(request, stack)
            request.door_stack = stack
            request.door = None
            response = self.get_response(request)
            if response.status_code >= 500 and request.door is not None:
                transaction.set_rollback(True, using=door.current_alias())
        if refusal := getattr(request, "refusal", None):
            _record_refusal(request, **refusal)
        return response

    def process_view(
        self, request: Any, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        scope = _scope(view, request)
        tenant = kwargs.get("tenant") or getattr(request, "admin_tenant", None)
        if scope == "public":
            return None
        # Who may know the page learns that it is for reading; a stranger does not.
        not_allowed = request.method not in SAFE and scope.endswith(".read") and _is_stamped(view)
        writing = request.method not in SAFE and not not_allowed
        if tenant is not None:
            try:
                where = "public" if getattr(view, "control_plane", False) else None
                environment = kwargs.get("environment_id")
                _enter_tenant(request, tenant, environment, partition=where, writing=writing)
            except PortalError as error:
                return self.process_exception(request, error)
        else:
            request.door = request.door_stack.enter_context(enter_platform(actor=actor_of(request)))
        if scope == "signed-in":
            return None
        if tenant is None and not request.door.rights.roles:
            raise Http404  # to strangers there is no platform
        if not request.door.may(scope):
            request.refusal = {"scope": scope, "tenant": tenant}
            raise PermissionDenied(f"This needs {scope}.")
        return HttpResponseNotAllowed(SAFE) if not_allowed else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotFound):
            raise Http404(error.message) from error
        if isinstance(error, Forbidden | PermissionDenied):
            # An operation or an admin has asked for more than the page did.
            needed = str(error) or "what nobody may do here"
            request.refusal = {"scope": needed, "tenant": request.door.tenant_id}  # type: ignore[attr-defined]
            raise PermissionDenied(str(error)) from error
        if isinstance(error, PortalError):
            context = {"reason": error.message, "status": error.status}
            template = "409.html" if error.status == 409 else "refused.html"
            return render(request, template, context, status=error.status)
        return None


def actor_of(request: Any) -> Actor:
    """The signed-in person as an actor, with where they come from."""
    return Actor(
        "person",
        request.user.pk,
        request.user.email,
        request.META.get("REMOTE_ADDR", ""),
        getattr(request, "request_id", ""),
    )


def _scope(view: Any, request: HttpRequest) -> str:
    if not getattr(view, "login_required", True):
        return "public"
    stamped: str | None = getattr(
        view, "needs" if request.method in SAFE else "needs_to_write", None
    )
    if stamped is None:  # Django's admin marks its views with their site or model
        admin = getattr(view, "model_admin", view)
        stamped = getattr(getattr(admin, "admin_site", None), "scope", None)
    if stamped is None:
        raise RuntimeError(f"{view} has no permission: stamp it with @needs.")
    return stamped


def _is_stamped(view: Any) -> bool:
    """Whether `needs` says what writing takes; Django's admins ask their models instead."""
    return hasattr(view, "needs_to_write")


def _enter_tenant(
    request: Any, tenant: str, environment_id: Any, *, partition: str | None, writing: bool
) -> None:
    if kind := getattr(request, "admin_partition", None):
        partition = "shared" if kind == "shared" else f"{kind}_{tenant}"
    request.door = request.door_stack.enter_context(
        enter_tenant(
            tenant,
            actor=actor_of(request),
            environment_id=environment_id,
            partition=partition,
            writing=writing,
        )
    )


def _find_tenant_admin(request: Any, stack: contextlib.ExitStack) -> None:
    """`/t/<tenant>/admin/<model>/…` is Django's admin of that partition, under that prefix.

    Its own URLconf and a script prefix: so the admin reverses its URLs without knowing of tenants.
    """
    if found := _TENANT_ADMIN.match(request.path_info):
        prefix, request.admin_tenant, request.admin_partition, rest = found.groups()
        request.path_info = rest
        request.urlconf = "runtime_portal.urls_tenant_admin"
        stack.callback(set_script_prefix, get_script_prefix())
        set_script_prefix(prefix)


def _record_refusal(request: Any, *, scope: str, tenant: str | None) -> None:
    """One entry in a transaction of its own, in the chain of where the actor stood."""
    actor = getattr(request, "actor", None) or actor_of(request)  # an API client, or a person
    context = (
        enter_tenant(tenant, actor=actor, partition="public", writing=True)
        if tenant
        else enter_platform(actor=actor)
    )
    with context:
        audit.record(
            "access.refused",
            object_type="page",
            object_id=request.path[:64],
            after={"method": request.method, "needs": scope},
            tenant_id=tenant or "platform",
        )
