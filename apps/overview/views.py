"""The panels of a tenant's overview, each a page of its own: the overview loads them one by one."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.core.access import needs
from apps.core.errors import Invalid
from apps.core.htmx import page
from apps.deployments.models import DeploymentProduct
from apps.freezes.queries import in_force
from apps.overview.grid import PROJECTS, Choice, Grid, projects, version_grid
from apps.overview.panels import changes, waiting
from apps.services.models import RuntimeService
from apps.tenant_bindings.queries import admitted

LAST = 5


@needs("runtime.services.read")
def grid(request: Any, tenant: str) -> HttpResponse:
    """The projects, and the grid of the one that is open: the first, until another is chosen."""
    group = _text(request, "group")
    found = projects(group)
    given = _choice(request)
    if not given.project and found:
        given = Choice(**{**given.__dict__, "project": found[0].name})
    shown = version_grid(request.door, given) if given.project else None
    context = {
        "projects": found[:PROJECTS],
        "more_projects": found[PROJECTS - 1].name if len(found) > PROJECTS else "",
        "choice": given,
        "grid": shown,
        "grid_url": _around(given, shown, group) if shown else {},
        "group": group,
        "partials": ("grid",),
    }
    return page(request, "overview/grid.html", context)


@needs("runtime.deployments.read")
def last_deployments(
    request: HttpRequest, tenant: str, environment_id: UUID, service_id: UUID
) -> HttpResponse:
    """What a cell of the grid opens: the last five deployments that touched the service."""
    here = {"environment_id": environment_id}
    service = get_object_or_404(RuntimeService, id=service_id, **here)
    products = DeploymentProduct.objects.filter(service_id=service_id, **here)
    context = {
        "service": service,
        "products": list(products.select_related("deployment").order_by("-id")[:LAST]),
        "frozen": in_force(environment_id),
        "partials": ("opened",),
    }
    return page(request, "overview/last_deployments.html", context)


@needs("runtime.deployments.read")
def waiting_panel(request: Any, tenant: str) -> HttpResponse:
    found = waiting(request.door)
    context = {
        "waiting": found,
        "bindings": admitted(row.environment_id for row in found.rows),
        "partials": ("waiting",),
    }
    return page(request, "overview/waiting_panel.html", context)


@needs("runtime.deployments.read")
def changes_panel(request: Any, tenant: str) -> HttpResponse:
    found = changes(request.door)
    context = {
        "changes": found,
        "bindings": admitted(row.environment_id for row in found.rows),
        "partials": ("changes",),
    }
    return page(request, "overview/changes_panel.html", context)


def _choice(request: HttpRequest) -> Choice:
    column = request.GET.get("column", "0") or "0"
    if not column.isascii() or not column.isdigit() or len(column) > 6:
        raise Invalid.field("column", "is the place of an environment: a number.")
    return Choice(
        project=_text(request, "project"),
        after=_text(request, "after"),
        begins=_text(request, "q").lower(),
        first_column=int(column),
        only_different=request.GET.get("differs") == "1",
    )


def _around(choice: Choice, shown: Grid, group: str) -> dict[str, str]:
    """The queries of what lies around a page of the grid, on either axis."""
    here = {
        "project": shown.project, "group": group, "q": choice.begins, "after": choice.after,
        "differs": "1" if choice.only_different else "", "column": choice.first_column,
    }  # fmt: skip
    others: dict[str, dict[str, Any]] = {
        "first_rows": {"after": ""},
        "next_rows": {"after": shown.following},
        "previous_columns": {"column": shown.previous_column, "after": ""},
        "next_columns": {"column": shown.next_column, "after": ""},
    }
    return {
        name: urlencode({k: v for k, v in {**here, **other}.items() if v})
        for name, other in others.items()
    }


def _text(request: HttpRequest, name: str) -> str:
    """As the database can hold it: half a surrogate pair is no text, and there is no NUL."""
    text = request.GET.get(name, "").replace("\x00", "").strip()[:200]
    return text.encode(errors="replace").decode()
