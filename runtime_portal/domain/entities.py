"""Entities and fields, from the models and the guards of their migrations."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field, Model

from apps.core.walls.guards import Guard
from apps.core.walls.inspect_functions import guards

# Fields whose name in the API is not their own in camelCase. {(model, field): name}
API_NAMES: Mapping[tuple[str, str], str] = {
    ("Tenant", "tenant_id"): "tenantId",
    ("RuntimeTenantBinding", "quota_compute_replicas"): "quota.computeReplicas",
    ("RuntimeTenantBinding", "quota_storage_gib"): "quota.storageGiB",
    ("RuntimeTenantBinding", "quota_throughput_rps"): "quota.throughputRps",
}


@functools.cache
def models() -> tuple[type[Model], ...]:
    """Every model of the portal's own apps, in the order of the apps."""
    return tuple(
        model
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and model._meta.managed
    )


@functools.cache
def migrations() -> tuple[Any, ...]:
    """Operations of the portal's migrations, in order."""
    found = MigrationLoader(None).disk_migrations
    return tuple(
        operation
        for key in sorted(found)
        if found[key].__module__.startswith("apps.")
        for operation in found[key].operations
    )


def guard_of(model: type[Model]) -> Guard:
    return _guards().get(model._meta.db_table, Guard(frozen=()))


@functools.cache
def _guards() -> dict[str, Guard]:
    return guards()


def api_name(model: type[Model], field: "Field[Any, Any]") -> str:
    """As the API calls it: `environmentId` for the id of a RuntimeEnvironment."""
    given = API_NAMES.get((model.__name__, field.name))
    if given:
        return given
    if field.name == "id":
        entity = model.__name__.removeprefix("Runtime")
        return f"{entity[0].lower()}{entity[1:]}Id"
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), field.attname)


def holds(model: type[Model], field: "Field[Any, Any]") -> Iterator[str]:
    """How the trigger holds a field."""
    guard, column = guard_of(model), str(field.column)
    if field.generated:
        yield "derived"
    if column in guard.frozen:
        yield "never changes"
    if column in guard.created or column in guard.recorded:
        yield "the database's time when it is made"
    if column in guard.companions:
        yield f"the database's time when it becomes {' or '.join(guard.companions[column])}"
    if column in guard.frozen_unless:
        yield f"changes only while {' or '.join(guard.frozen_unless[column])}"
    if column in guard.once:
        yield "written once"
    if column in guard.rising:
        yield "never falls"
