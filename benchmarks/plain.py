"""The list of services as it would be in a portal that knows no tenants.

The same template, the same columns and rows, the same filters, paging, session and person; read
by the same login from plain copies of the tables, with an index for the same order. No door, no
binding, no transaction around the view, no row security, no tenant_id in any query.
"""

from typing import Any

from django.db import connections, models
from django.db.models import Q
from django.http import HttpResponse

from apps.core.access import ROLE_SCOPES, Role, needs
from apps.core.htmx import Filter, filtered, filters, keyset_page, page
from apps.services.models import ComponentType, RuntimeService, ServiceStatus
from apps.tenant_bindings.models import LIVE, RuntimeTenantBinding
from benchmarks.filling import Filled
from runtime_portal.console import TENANT_NAV, nav


def _copy_of(model: type[models.Model], name: str, table: str, **extra: Any) -> Any:
    """An unmanaged model with the same columns, and nothing else of the original."""
    fields: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            fields[field.attname] = field.target_field.clone()
            fields[field.attname].primary_key = False
        elif isinstance(field, models.GeneratedField) and field.output_field:
            fields[field.attname] = field.output_field.clone()
        else:
            fields[field.attname] = field.clone()
    meta = type("Meta", (), {"managed": False, "app_label": "benchmarks", "db_table": table})
    return type(name, (models.Model,), {**fields, **extra, "Meta": meta, "__module__": __name__})


PlainService = _copy_of(
    RuntimeService, "PlainService", "plain_service",
    is_stale=RuntimeService.is_stale, live_state=RuntimeService.live_state,
)  # fmt: skip
PlainEnvironment = _copy_of(RuntimeTenantBinding, "PlainEnvironment", "plain_environment")


def copy_tables(filled: Filled) -> None:
    """Makes the plain tables of what this tenant has."""
    runtime = connections["default"].settings_dict["USER"]
    with connections["owner"].cursor() as cursor:
        for statement in (
            f'CREATE TABLE plain_service AS TABLE "{filled.schema}".services_runtimeservice',
            "CREATE TABLE plain_environment AS SELECT * FROM tenant_bindings_runtimetenantbinding "
            f"WHERE tenant_id = '{filled.slug}'",
            "ALTER TABLE plain_service ADD PRIMARY KEY (id)",
            "CREATE INDEX ON plain_service (module_id, id) WHERE status <> 'Retired'",
            "ALTER TABLE plain_environment ADD PRIMARY KEY (id)",
            f'GRANT SELECT ON plain_service, plain_environment TO "{runtime}"',
        ):
            cursor.execute(statement)
        cursor.execute("VACUUM (ANALYZE) plain_service, plain_environment")


class _Viewer:
    """Stands in for the door where the frame asks what may be shown."""

    def __init__(self, name: str) -> None:
        self.tenant_id = name

    def may(self, scope: str) -> bool:
        return scope in ROLE_SCOPES[Role.TENANT_VIEWER]


@needs("public")
def service_list(request: Any, name: str) -> HttpResponse:
    """`apps.services.views.service_list` over the plain tables: query for query."""
    given = (
        _environment_filter(),
        Filter("status", "Status", [("", "Live"), *ServiceStatus.choices], "status"),
        Filter("type", "Type", [("", "Any type"), *ComponentType.choices], "component_type"),
    )
    state = filters(request, *given)
    condition = filtered(request, *given)
    if not request.GET.get("status"):
        condition &= ~Q(status=ServiceStatus.RETIRED)
    if state["query"]:
        condition &= Q(module_id__prefix=state["query"].lower())
    found = keyset_page(
        request, [PlainService.objects.filter(condition)], order=("module_id", "id")
    )
    wanted = {row.environment_id for row in found.rows}
    environments = PlainEnvironment.objects.filter(status__in=LIVE, environment_id__in=wanted)
    viewer = _Viewer(name)
    context = {
        "page": found,
        "bindings": {one.environment_id: one for one in environments},
        "partials": ("results",),
        "door": viewer,
        "tenant": {"tenant_id": name, "name": name.title()},
        "console_url": f"/t/{name}/",
        "nav": nav(f"/t/{name}/", f"/t/{name}/services/", viewer, TENANT_NAV),
        **state,
    }
    return page(request, "services/service_list.html", context)


def _environment_filter() -> Filter:
    environments = PlainEnvironment.objects.filter(status__in=LIVE).order_by(
        "environment_project", "stage", "environment_name", "id"
    )
    options = [
        (str(one.environment_id), f"{one.environment_name} · {one.stage}")
        for one in list(environments)[:200]
    ]
    return Filter(
        "environment", "Environment", [("", "All environments"), *options], "environment_id"
    )
