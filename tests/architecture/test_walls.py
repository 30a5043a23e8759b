"""Every table is walled, or is in the short list with a reason; no table is listed that is not."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.models import ForeignKey, Model, UniqueConstraint

from apps.core.managers import TenantManager
from apps.core.models import (
    AuditDetail,
    AuditEntry,
    AuditHead,
    EnvironmentModel,
    TenantModel,
)
from apps.core.walls.grants import (
    CONTROL_TABLES,
    ENVIRONMENT_TABLES,
    PARTITION_TABLES,
    UNWALLED,
)
from apps.core.walls.policies import CONTROL_PLANE, table_policies
from tests.world import World

MODELS = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed]
OURS = [m for m in MODELS if m.__module__.startswith("apps.")]
IN_PARTITIONS = [m for m in OURS if issubclass(m, TenantModel)]
# Procrastinate's models stand for tables that its own SQL makes.
UNMANAGED = [m for m in apps.get_models() if not m._meta.managed]


def _tables(models: list[type[Model]]) -> set[str]:
    return {m._meta.db_table for m in models}


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_a_table_is_walled_or_in_the_short_list_and_never_both(model: type[Model]) -> None:
    table = model._meta.db_table
    walled = table in {**CONTROL_TABLES, **ENVIRONMENT_TABLES, **PARTITION_TABLES}
    assert walled is not (table in UNWALLED)


def test_every_line_of_the_lists_is_about_a_table_that_is_there() -> None:
    known = _tables(MODELS) | _tables(UNMANAGED)
    known.add("django_migrations")
    assert set(ENVIRONMENT_TABLES) == _tables([m for m in OURS if issubclass(m, EnvironmentModel)])
    assert set(PARTITION_TABLES) == _tables([AuditEntry, AuditDetail, AuditHead])
    assert set(CONTROL_TABLES) == set(CONTROL_PLANE)
    assert set(CONTROL_TABLES) | set(UNWALLED) <= known


def test_what_is_unwalled_says_why_in_more_than_a_word() -> None:
    for table, unwalled in UNWALLED.items():
        assert len(unwalled.reason.split()) >= 4, table


def test_nothing_of_a_tenant_is_in_the_short_list() -> None:
    by_table = {m._meta.db_table: m for m in MODELS}
    for table in UNWALLED:
        if table in by_table:
            names = {field.column for field in by_table[table]._meta.concrete_fields}
            assert "tenant_id" not in names, table


@pytest.mark.parametrize("schema", ["public", "shared", "silo_acme", "pool_acme"])
def test_the_database_has_row_security_wherever_the_lists_say_so(
    world: World, committed: None, schema: str
) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
            "WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') "
            # Parts have walls of their own kind: check_isolation compares them.
            "AND NOT relispartition",
            [schema],
        )
        found = dict(cursor.fetchall())
    unwalled = {"django_migrations"} if schema != "public" else set(UNWALLED)
    assert {table for table, walled in found.items() if not walled} == unwalled & set(found)
    assert {t for t, walled in found.items() if walled} == {
        t for t in found if table_policies(schema, t)
    }


@pytest.mark.parametrize("model", IN_PARTITIONS, ids=lambda m: m._meta.label)
class TestTenantModel:
    def test_its_app_is_of_the_partitions(self, model: type[Model]) -> None:
        assert model._meta.app_config.name in settings.TENANT_APPS

    def test_every_unique_key_begins_with_the_tenant(self, model: type[Model]) -> None:
        # Constraints are checked without row security: another key would tell of a neighbour.
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                assert constraint.fields[0] == "tenant_id", constraint.name
        assert not [f.name for f in model._meta.concrete_fields if f.unique and not f.primary_key]
        assert not model._meta.unique_together

    def test_every_index_begins_with_the_tenant(self, model: type[Model]) -> None:
        for index in model._meta.indexes:
            assert index.fields[0] == "tenant_id", index.name

    def test_no_key_of_django_is_checked_or_cascades(self, model: type[Model]) -> None:
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey):
                assert field.db_constraint is False, field.name
                assert field.remote_field.on_delete.__name__ == "DO_NOTHING", field.name

    def test_its_managers_ask_the_door(self, model: type[Model]) -> None:
        assert isinstance(model._default_manager, TenantManager)
        assert isinstance(model._base_manager, TenantManager)
