"""An installation that ran before there were chains: its entries become the first links."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from django.db import connections

from apps.core import audit, door
from apps.core.access import Actor, Rights
from apps.core.chain_reading import entries, in_schema, verify
from apps.core.chain_writing import write_entries
from apps.core.door import Door
from apps.core.ids import uuid7
from apps.core.models import AuditEntry
from apps.tenants.models import DataPartition, Tenant
from tests.core.doors import run

OLD = (
    'INSERT INTO "{0}".core_auditentry (id, tenant_id, claimed_at, actor_kind, actor_id, '
    "actor_label, address, request_id, action, object_type, object_id, environment_id, before, "
    "after, reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'a.b', 'c', %s, %s, %s, %s, %s)"
)
NASTY = 'Ünïcödé "quoted" \\ back\nline\ttab \x01 / \x7f 😀 </script>'
NOBODY = [None, "worker", None, "", "", "", "plain", None, None, None, ""]
SOMEBODY = [
    "2025-02-03 04:05:06.000007Z", "person", uuid7(), "who@x.test", "192.0.2.1", "r" * 64, NASTY,
    uuid7(), '{"b": 1.50, "a": {"x": [1, null, true]}}', '{"b": 100000000000000000000}', NASTY,
]  # fmt: skip


def _migrate(schema: str, *target: str) -> None:
    call_command("migrate_schemas", *target, schema_name=schema, interactive=False, verbosity=0)
    connection: Any = connections["owner"]
    connection.set_schema_to_public()


def test_what_was_written_before_is_numbered_and_hashed_and_goes_on(committed: None) -> None:
    slug = f"old-{uuid7().hex[-8:]}"
    schema, other = f"pool_{slug}", f"{slug}-other"
    with door.using("owner"), _gone_again(schema, slug):
        tenant = Tenant.objects.create(tenant_id=slug, name="Old")
        DataPartition.objects.create(schema_name=schema, tenant=tenant)
        run(f'CREATE SCHEMA "{schema}"')
        _migrate(schema, "core", "0001")
        for owner in (slug, other, slug, slug):
            for values in (NOBODY, SOMEBODY):
                run(OLD.format(schema), [uuid7(), owner, *values])
        _migrate(schema)
        with connections["owner"].cursor() as cursor:
            for owner, count in ((slug, 6), (other, 2)):
                check = next(c for c in verify(cursor, owner) if c.chain == schema)
                assert (check.fault, check.entries, check.forgotten) == (None, count, 0)
            *_, last = entries(cursor, in_schema(schema), slug, schema)
        assert last["claimedAt"] == "2025-02-03T04:05:06.000007Z"
        assert set(last["details"]) == {"before", "after", "reason", "address", "label"}
        assert run(f'SELECT DISTINCT shown_at = coalesce(claimed_at, at) FROM "{schema}".'
                   "core_auditentry") == [(True,)]  # fmt: skip
        _goes_on(slug, schema)


@contextlib.contextmanager
def _gone_again(schema: str, slug: str) -> Iterator[None]:
    """No other test meets a partition that nobody was granted anything in."""
    try:
        yield
    finally:
        run(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        DataPartition.objects.filter(schema_name=schema).delete()
        Tenant.objects.filter(tenant_id=slug).delete()


def _goes_on(slug: str, schema: str) -> None:
    entered = Door("owner", Actor("operator", label="tests"), Rights(), True, slug)
    connection: Any = connections["owner"]
    with door.atomic():
        connection.door = entered
        try:
            entered.partition = schema
            audit.record("x.y", object_type="x", object_id="next")
            write_entries(connection, entered.entries)
            run(f'SET LOCAL search_path = "{schema}", public')
            found = AuditEntry.objects.get(tenant_id=slug, number=6)
        finally:
            connection.door = None
    assert (found.reason, found.actor_label, found.address) == (NASTY, "who@x.test", "192.0.2.1")
    assert found.before == {"b": 1.5, "a": {"x": [1, None, True]}}
    with connections["owner"].cursor() as cursor:
        check = next(c for c in verify(cursor, slug) if c.chain == schema)
    assert (check.fault, check.entries) == (None, 7)
