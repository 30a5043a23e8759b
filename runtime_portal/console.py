"""The frame of every page: who is here, where, and where they may go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from apps.core.access import PLATFORM, needs
from apps.core.htmx import Filter, filtered, filters, keyset_page, page
from apps.overview import fleet
from apps.people.models import Membership
from apps.tenants.models import Tenant

# Each row has a drawing.
FLEET_SIZE = 25


@needs("signed-in")
@require_safe
def home(request: Any) -> HttpResponse:
    """Choose a tenant, or the platform."""
    roles: dict[str, list[str]] = {}
    for membership in Membership.objects.filter(person_id=request.user.pk, ended_at=None):
        roles.setdefault(membership.tenant_id, []).append(membership.role)
    tenants = Tenant.objects.filter(tenant_id__in=roles).exclude(tenant_id=PLATFORM)
    context = {
        "memberships": [{"tenant": t, "roles": roles[t.tenant_id]} for t in tenants],
        "platform_roles": roles.get(PLATFORM, []),
        "platform_url": "/platform/" if PLATFORM in roles else "",
    }
    return page(request, "console/choose_tenant.html", context)


@needs("runtime.environments.read")
def tenant_home(request: Any, tenant: str) -> HttpResponse:
    """A tenant's overview: the frame alone, whose panels are pages of apps.overview."""
    return page(request, "console/tenant_home.html", {})


@needs("runtime.tenants.read")
def platform_home(request: Any) -> HttpResponse:
    """The fleet from the control plane and the worker's numbers: no tenant's rows."""
    from apps.environments.models import RuntimeEnvironment
    from apps.upkeep.alerts import open_alerts

    labels = [("", "Any state"), *[(name, label) for name, (label, _) in fleet.AILS.items()]]
    given = (Filter("only", "State", labels, condition=fleet.ails),)
    state = filters(request, *given)
    tenants = Tenant.objects.exclude(tenant_id=PLATFORM).filter(filtered(request, *given))
    if state["query"]:
        tenants = tenants.filter(tenant_id__prefix=state["query"].lower())
    found = keyset_page(request, [tenants], order=("tenant_id",), size=FLEET_SIZE)
    slugs = [row.tenant_id for row in found.rows]
    context = {
        "page": found,
        "numbers_of": fleet.by_tenant(slugs),
        "models_of": fleet.models_of(slugs),
        "partials": ("results",),
        **state,
    }
    if request.headers.get("HX-Target") != "results":
        by_status, by_model = _bindings()
        context |= {
            "fleet": fleet.fleet(),
            "alerts": open_alerts(),
            "sizes": {
                "tenants": Tenant.objects.exclude(tenant_id=PLATFORM).count(),
                "environments": RuntimeEnvironment.objects.count(),
                "bindings": sum(by_status.values()),
            },
            "partitions": fleet.partitions(),
            "bindings_by_status": by_status,
            "bindings_by_model": by_model,
        }
    return page(request, "console/platform_home.html", context)


def _bindings() -> tuple[dict[str, int], dict[str, int]]:
    """How many there are of each status, and of each isolation model. One query."""
    from apps.tenant_bindings.models import RuntimeTenantBinding

    by_status: dict[str, int] = {}
    by_model: dict[str, int] = {}
    rows = RuntimeTenantBinding.objects.order_by("status", "isolation_model")
    for status, model, n in rows.values_list("status", "isolation_model").annotate(Count("id")):
        by_status[status] = by_status.get(status, 0) + n
        by_model[model] = by_model.get(model, 0) + n
    return by_status, dict(sorted(by_model.items()))


def frame(request: Any) -> dict[str, Any]:
    """Context processor: navigation, the tenant entered, the person. No queries."""
    door = getattr(request, "door", None)
    context: dict[str, Any] = {"request_id": getattr(request, "request_id", "")}
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return context
    context |= {"person": request.user, "nav": []}
    if door is None:
        return context
    context["door"] = door
    if door.tenant_id:
        # An admin's own script prefix must not reach the console's links.
        context["tenant"] = {"tenant_id": door.tenant_id, "name": door.tenant_name}
        context["console_url"] = f"/t/{door.tenant_id}/"
        context["nav"] = nav(f"/t/{door.tenant_id}/", request.path, door, TENANT_NAV)
        if door.visit:
            until = datetime.fromisoformat(door.visit["until"])
            context["visiting"] = {**door.visit, "until": until}
    elif door.rights.roles:
        context["console_url"] = "/platform/"
        context["nav"] = nav("/platform/", request.path, door, PLATFORM_NAV)
    return context


# Label, path, icon, scope; a word alone begins a section.
_Nav = tuple[tuple[str, str, str, str] | str, ...]
TENANT_NAV: _Nav = (
    ("Overview", "", "layout-dashboard", "runtime.environments.read"),
    ("Environments", "environments/", "server-2", "runtime.environments.read"),
    ("Services", "services/", "cube", "runtime.services.read"),
    ("Deployments", "deployments/", "rocket", "runtime.deployments.read"),
    ("Configurations", "configurations/", "adjustments-horizontal", "runtime.configurations.read"),
    ("Scaling", "scaling/", "chart-arrows-vertical", "runtime.scaling.read"),
    ("Freezes", "freezes/", "lock", "runtime.freezes.read"),
    "What we see",
    ("Health", "health/", "heartbeat", "runtime.health.read"),
    ("Drift", "drift/", "git-compare", "runtime.drift.read"),
    "Who may",
    ("People", "people/", "users", "runtime.people.read"),
    ("API clients", "api-clients/", "key", "runtime.clients.read"),
    ("Audit", "audit/", "history", "runtime.audit.read"),
    ("Retention", "retention/", "archive", "runtime.retention.read"),
    ("Admin", "admin/", "settings", "runtime.services.read"),
)
PLATFORM_NAV: _Nav = (
    ("Fleet", "", "layout-dashboard", "runtime.tenants.read"),
    ("Tenants", "tenants/", "building", "runtime.tenants.read"),
    ("Environments", "environments/", "server-2", "runtime.environments.read"),
    ("Bindings", "bindings/", "link", "runtime.bindings.read"),
    ("Freezes", "freezes/", "lock", "runtime.freezes.read"),
    ("Jobs", "jobs/", "history", "runtime.jobs.read"),
    "How long",
    ("Retention", "retention/", "archive", "runtime.governance.read"),
    ("Holds", "holds/", "gavel", "runtime.governance.read"),
    ("Exceptions", "exceptions/", "lock", "runtime.governance.read"),
    ("Windows", "windows/", "clock", "runtime.governance.read"),
    "Who may",
    ("People", "people/", "users", "runtime.people.read"),
    ("Audit", "audit/", "history", "runtime.audit.read"),
    ("Admin", "admin/", "settings", "runtime.tenants.read"),
)


def nav(base: str, path: str, door: Any, given: _Nav) -> list[dict[str, Any]]:
    """What who is here may open; a section's word stands above its first item."""
    items: list[dict[str, Any]] = []
    section = ""
    keys = letters([one[0] for one in given if not isinstance(one, str)])
    for one in given:
        if isinstance(one, str):
            section = one
            continue
        label, tail, icon, scope = one
        if door.may(scope):
            item = {"label": label, "url": base + tail, "icon": icon, "key": keys[label]}
            items.append({**item, "section": section, "active": False})
            section = ""
    return _activate(items, path)


def letters(labels: Sequence[str]) -> dict[str, str]:
    """The key that leads to each: the first letter of its label that none before it has.

    Made of all labels, whoever may open them, so that a key means the same to everybody.
    """
    taken: dict[str, str] = {}
    for label in labels:
        free = (c for c in label.lower() if c.isalpha() and c not in taken.values())
        taken[label] = next(free, "")
    return taken


def _activate(items: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """A thing's page belongs to its kind, not to the environment that its URL begins with."""
    kinds = [item for item in items[1:] if f"/{item['url'].rstrip('/').rsplit('/', 1)[1]}/" in path]
    active = kinds[-1] if kinds else next((i for i in items if i["url"] == path), None)
    if active:
        active["active"] = True
    return items


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What CSRF's check refuses; its reason is for the log."""
    return render(request, "403_csrf.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    return _alone(request, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is away or too busy: worth another try."""
    response = _alone(request, 503)
    response["Retry-After"] = "30"
    return response


def _alone(request: HttpRequest, status: int) -> HttpResponse:
    """Rendered without context processors: whatever has failed may be one of them."""
    context = {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string(f"{status}.html", context), status=status)
