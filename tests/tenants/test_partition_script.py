"""A partition made by replaying DDL is the one that the migrations make."""

from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from apps.core import door
from apps.tenants import partitions
from apps.tenants.days import make_days
from apps.tenants.models import DataPartition, Tenant

FACTS = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation::text
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p')""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = %s::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s",
    "policies": """
        SELECT tablename, policyname, permissive, roles, cmd, qual, with_check
        FROM pg_policies WHERE schemaname = %s""",
    "walls": """
        SELECT relname, relrowsecurity, relforcerowsecurity, relowner::regrole::text, relacl::text
        FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p')""",
    "functions": """
        SELECT proname, prosrc, proacl::text FROM pg_proc WHERE pronamespace = %s::regnamespace""",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(t.oid), tgenabled
        FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
        WHERE relnamespace = %s::regnamespace AND NOT tgisinternal""",
}


def _facts(schema: str, what: str) -> list[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(FACTS[what], [schema])
        rows = [str(row).replace(schema, "SCHEMA") for row in cursor.fetchall()]
    return sorted(row for row in rows if "django_migrations" not in row)


@pytest.fixture(params=["a spare is ready", "none is ready"])
def both(
    request: pytest.FixtureRequest, committed: None, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """One schema by `make_partition`, one by django-tenants' own command."""
    if request.param == "none is ready":
        monkeypatch.setattr(partitions, "_free_spare", lambda cursor: None)
    else:
        partitions.keep_spares(1)
    from apps.core.ids import uuid7

    slug = f"both-{uuid7().hex[-8:]}"
    with door.using("owner"):
        tenant = Tenant.objects.create(tenant_id=slug, name="Both ways")
        quick = DataPartition.objects.create(schema_name=f"silo_{slug}", tenant=tenant)
        slow = DataPartition.objects.create(schema_name=f"pool_{slug}", tenant=tenant)
        partitions.make_partition(quick.schema_name)
        _by_django_tenants(slow.schema_name)
    return quick.schema_name, slow.schema_name


def _by_django_tenants(schema: str) -> None:
    connection: Any = connections["owner"]
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
        for role in ("runtime", "steward"):  # it stays, so its walls must be whole
            name = settings.DATABASE_ROLES[role]
            cursor.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO "{name}"')
    call_command("migrate_schemas", schema_name=schema, interactive=False, verbosity=0)
    connection.set_schema_to_public()
    make_days(schema)


@pytest.mark.parametrize("what", FACTS)
def test_a_partition_made_quickly_is_the_one_that_migrations_make(
    both: tuple[str, str], what: str
) -> None:
    quick, slow = (_facts(schema, what) for schema in both)
    assert quick
    assert quick == slow


def test_it_says_that_every_migration_is_applied(both: tuple[str, str]) -> None:
    names = []
    for schema in both:
        with connections["owner"].cursor() as cursor:
            cursor.execute(f'SELECT app, name FROM "{schema}".django_migrations ORDER BY 1, 2')
            names.append(cursor.fetchall())
    assert names[0] == names[1]


def test_making_it_again_changes_nothing(both: tuple[str, str]) -> None:
    before = {what: _facts(both[0], what) for what in FACTS}
    partitions.make_partition(both[0])
    assert before == {what: _facts(both[0], what) for what in FACTS}


def test_two_who_take_a_spare_at_once_take_two(committed: None) -> None:
    partitions.keep_spares(2)
    first = psycopg.connect(**_owner())
    with first, first.transaction(), connections["owner"].cursor() as cursor:
        taken = partitions._free_spare(first.cursor())
        with door.using("owner"), door.atomic():
            other = partitions._free_spare(cursor)
        assert None not in (taken, other)
        assert taken != other


def _owner() -> dict[str, Any]:
    settings = connections["owner"].settings_dict
    return {
        "dbname": settings["NAME"], "user": settings["USER"], "password": settings["PASSWORD"],
        "host": settings["HOST"], "port": settings["PORT"] or None,
    }  # fmt: skip


def test_a_spare_that_is_behind_is_brought_up(committed: None) -> None:
    partitions.keep_spares(1)
    name = partitions._spares()[0][0]
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"COMMENT ON SCHEMA {name} IS 'something older'")
    partitions.keep_spares(1)
    assert dict(partitions._spares())[name] == partitions.fingerprint()


def test_a_partition_that_is_behind_is_brought_up(committed: None) -> None:
    with door.using("owner"):
        DataPartition.objects.filter(schema_name="shared").update(migrated_to="something older")
        assert partitions.behind() == ["shared"]
        call_command("migrate_partitions")
        assert partitions.behind() == []
