"""Row security is silent; the manager is not: a tenant's rows asked for outside the door raise."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connections
from django.db.models import Count, Exists, Max, OuterRef, Prefetch

from apps.core.errors import NoTenantEntered
from apps.core.ids import uuid7
from apps.core.managers import TenantManager
from apps.core.models import TenantModel
from apps.deployments.models import RuntimeDeployment
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.world import OPERATOR, World

MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]
Use = Callable[[Any], Any]

# Every way to reach rows from a model.
FROM_A_MODEL: dict[str, Use] = {
    "all": lambda m: list(m.objects.all()),
    "count": lambda m: m.objects.count(),
    "exists": lambda m: m.objects.exists(),
    "first": lambda m: m.objects.first(),
    "get": lambda m: m.objects.get(id=uuid7()),
    "in_bulk": lambda m: m.objects.in_bulk([uuid7()]),
    "aggregate": lambda m: m.objects.aggregate(Max("id")),
    "annotate": lambda m: list(m.objects.annotate(n=Count("id"))),
    "values": lambda m: list(m.objects.values("id")),
    "iterator": lambda m: list(m.objects.iterator()),
    "none": lambda m: m.objects.none(),
    "raw": lambda m: list(m.objects.raw("SELECT 1")),
    "using": lambda m: m.objects.using("steward").count(),
    "db_manager": lambda m: m.objects.db_manager("steward").count(),
    "select_for_update": lambda m: list(m.objects.select_for_update()),
    "create": lambda m: m.objects.create(tenant_id="acme"),
    "bulk_create": lambda m: m.objects.bulk_create([m(tenant_id="acme")]),
    "bulk_update": lambda m: m.objects.bulk_update([m(tenant_id="acme")], ["tenant_id"]),
    "get_or_create": lambda m: m.objects.get_or_create(id=uuid7()),
    "update_or_create": lambda m: m.objects.update_or_create(id=uuid7()),
    "update": lambda m: m.objects.update(tenant_id="acme"),
    "delete": lambda m: m.objects.all().delete(),
    "explain": lambda m: m.objects.all().explain(),
    "_base_manager": lambda m: m._base_manager.count(),
    "_default_manager": lambda m: m._default_manager.count(),
    "_base_manager.bulk_create": lambda m: m._base_manager.bulk_create([m(tenant_id="acme")]),
    "save": lambda m: m(tenant_id="acme").save(),
    "save again": lambda m: m(id=uuid7(), tenant_id="acme").save(force_update=True),
    "delete one": lambda m: m(id=uuid7(), tenant_id="acme").delete(),
    "refresh_from_db": lambda m: m(id=uuid7(), tenant_id="acme").refresh_from_db(),
    "full_clean": lambda m: m(id=uuid7(), tenant_id="acme").validate_unique(),
}


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
@pytest.mark.parametrize("use", FROM_A_MODEL)
def test_outside_the_door(committed: None, model: Any, use: str) -> None:
    with pytest.raises(NoTenantEntered):
        FROM_A_MODEL[use](model)


@pytest.mark.parametrize("use", ["count", "create", "update", "save", "_base_manager"])
def test_on_the_platforms_side_of_the_door(committed: None, use: str) -> None:
    with enter_platform(actor=OPERATOR), pytest.raises(NoTenantEntered):
        FROM_A_MODEL[use](RuntimeService)


# Every way to be late: made behind the door, used outside.
LATE: dict[str, Use] = {
    "list": lambda q: list(q),
    "bool": lambda q: bool(q),
    "len": lambda q: len(q),
    "slice": lambda q: q[0],
    "count": lambda q: q.count(),
    "exists": lambda q: q.exists(),
    "first": lambda q: q.first(),
    "last": lambda q: q.last(),
    "filter": lambda q: list(q.filter(replicas=1)),
    "values_list": lambda q: list(q.values_list("id")),
    "aggregate": lambda q: q.aggregate(Max("replicas")),
    "iterator": lambda q: list(q.iterator()),
    "update": lambda q: q.update(replicas=1),
    "delete": lambda q: q.delete(),
    "bulk_create": lambda q: q.bulk_create([RuntimeService(tenant_id="acme")]),
    "union": lambda q: list(q.order_by().union(q.order_by())),
    "distinct": lambda q: list(q.distinct()),
    "contains": lambda q: q.contains(RuntimeService(id=uuid7(), tenant_id="acme")),
    "dates": lambda q: list(q.dates("created_at", "day")),
    "explain": lambda q: q.explain(),
}


def _made(world: World) -> Any:
    with enter_tenant("acme", actor=OPERATOR, partition="shared"):
        return RuntimeService.objects.all()


@pytest.mark.parametrize("use", LATE)
def test_a_queryset_used_after_leaving(committed: None, world: World, use: str) -> None:
    with pytest.raises(NoTenantEntered):
        LATE[use](_made(world))


@pytest.mark.parametrize("use", LATE)
def test_a_queryset_used_behind_another_tenants_door(
    committed: None, world: World, use: str
) -> None:
    late = _made(world)
    with (
        enter_tenant("globex", actor=OPERATOR, partition="shared", writing=True),
        pytest.raises(NoTenantEntered),
    ):
        LATE[use](late)


@pytest.mark.parametrize("use", LATE)
def test_a_queryset_used_behind_the_platforms_door(committed: None, world: World, use: str) -> None:
    late = _made(world)
    with enter_platform(actor=OPERATOR), pytest.raises(NoTenantEntered):
        LATE[use](late)


def test_raw_sql_made_behind_the_door_and_used_outside(committed: None, world: World) -> None:
    """Raw SQL passes no compiler, so nobody would ask again: it is not to be had at all."""
    with enter_tenant("acme", actor=OPERATOR, partition="shared"), pytest.raises(NoTenantEntered):
        RuntimeService.objects.raw("SELECT * FROM services_runtimeservice")


# Objects that were carried out.

CARRIED: dict[str, Use] = {
    "refresh_from_db": lambda s: s.refresh_from_db(),
    "save": lambda s: s.save(),
    "save(update_fields)": lambda s: s.save(update_fields=["replicas"]),
    "delete": lambda s: s.delete(),
    "a key that was not followed": lambda s: s.deployment,
    "rows that refer to it": lambda s: list(s.scaling_policies.all()),
    "counting them": lambda s: s.scaling_policies.count(),
    "making one": lambda s: s.scaling_policies.create(tenant_id="acme"),
}


@pytest.mark.parametrize("use", CARRIED)
def test_an_object_that_was_carried_out(committed: None, world: World, use: str) -> None:
    with enter_tenant("acme", actor=OPERATOR, partition="shared"):
        service = RuntimeService.objects.get(module_id="cart")
    with pytest.raises(NoTenantEntered):
        CARRIED[use](service)


def test_an_object_carried_to_another_tenant_is_not_there(committed: None, world: World) -> None:
    with enter_tenant("acme", actor=OPERATOR, partition="shared"):
        service = RuntimeService.objects.get(module_id="cart")
    with enter_tenant("globex", actor=OPERATOR, partition="shared", writing=True):
        with pytest.raises(RuntimeService.DoesNotExist):
            service.refresh_from_db()
        assert list(service.scaling_policies.all()) == []
        with pytest.raises(RuntimeDeployment.DoesNotExist):
            _ = service.deployment


@pytest.mark.parametrize("fields", [None, ["replicas"]])
def test_an_object_of_another_tenant_cannot_be_saved(
    committed: None, world: World, fields: list[str] | None
) -> None:
    with enter_tenant("acme", actor=OPERATOR, partition="shared"):
        service = RuntimeService.objects.get(module_id="cart")
    with (
        pytest.raises(DatabaseError),
        enter_tenant("globex", actor=OPERATOR, partition="shared", writing=True),
    ):
        service.save(update_fields=fields)


# What the manager adds.


def test_every_query_names_the_tenant_so_that_indexes_are_used(
    rolled_back: None, world: World
) -> None:
    with enter_tenant("acme", actor=OPERATOR, partition="shared"):
        services = RuntimeService.objects.prefetch_related(
            Prefetch("scaling_policies"), "deployment"
        ).filter(Exists(RuntimeDeployment.objects.filter(id=OuterRef("deployment_id"))))
        with_queries: Any = connections["default"]
        with_queries.force_debug_cursor = True
        try:
            assert len(services) == 2
            asked = [q["sql"] for q in with_queries.queries_log if " FROM " in q["sql"]]
        finally:
            with_queries.force_debug_cursor = False
    assert len([q for q in asked if "\"tenant_id\" = 'acme'" in q]) >= 3
    assert all("\"tenant_id\" = 'acme'" in q for q in asked if "services_" in q)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_every_model_of_a_partition_has_no_other_manager(model: Any) -> None:
    assert all(isinstance(manager, TenantManager) for manager in model._meta.managers)
    assert isinstance(model._base_manager, TenantManager)
    assert isinstance(model._default_manager, TenantManager)
