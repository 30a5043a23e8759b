"""Which freezes hold at a moment: the one query that decision and pages ask."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Now

from apps.core import door
from apps.core.access import PLATFORM
from apps.freezes.models import Freeze, Scope
from apps.tenant_bindings.models import RuntimeTenantBinding


def in_force(environment_id: UUID, *, at: datetime | None = None) -> list[Any]:
    """The rules that hold for the tenant entered in that environment, each with `until`.

    `at`: the database's now() unless given. The one that holds longest comes first.
    """
    here = RuntimeTenantBinding.objects.filter(
        tenant_id=door.tenant(), environment_id=environment_id
    ).exclude(status="Released")
    concerns = (
        Q(scope__in=[Scope.ALL, Scope.TENANT])
        | Q(scope=Scope.PROJECT, project_id__in=here.values("environment_project"))
        | Q(scope=Scope.ENVIRONMENT, environment_id=environment_id)
    )
    return list(
        Freeze.objects.filter(concerns, tenant_id__in=[door.tenant(), PLATFORM], status="Standing")
        .annotate(until=_frozen_until(at))
        .filter(until__isnull=False)
        .order_by("-until", "id")
    )


def in_force_among(bindings: Iterable[RuntimeTenantBinding]) -> dict[UUID, list[Any]]:
    """{environmentId: the rules that hold there now, each with `until`}, longest first. One query.

    Only of environments in which one holds.
    """
    standing = list(
        Freeze.objects.filter(tenant_id__in=[door.tenant(), PLATFORM], status="Standing")
        .annotate(until=_frozen_until(None))
        .filter(until__isnull=False)
        .order_by("-until", "id")
    )
    found = {b.environment_id: [rule for rule in standing if _concerns(rule, b)] for b in bindings}
    return {environment: rules for environment, rules in found.items() if rules}


def _concerns(rule: Freeze, binding: RuntimeTenantBinding) -> bool:
    if rule.scope == Scope.PROJECT:
        return rule.project_id == binding.environment_project
    if rule.scope == Scope.ENVIRONMENT:
        return rule.environment_id == binding.environment_id
    return True


def shown(tenant_id: str) -> "QuerySet[Freeze]":
    """Every rule that binds a tenant: its own, and the platform's. For `platform`: its own."""
    return Freeze.objects.filter(tenant_id__in={tenant_id, PLATFORM}).annotate(
        until=_frozen_until(None)
    )


def _frozen_until(at: datetime | None) -> Func:
    columns = ("starts_at", "ends_at", "weekdays", "from_time", "until_time", "time_zone")
    return Func(
        *[F(name) for name in columns],
        Now() if at is None else Value(at, output_field=DateTimeField()),
        function="app.frozen_until",
        output_field=DateTimeField(null=True),
    )
