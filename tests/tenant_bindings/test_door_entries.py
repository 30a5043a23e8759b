"""Entries of doors within doors: written once, at the very end, heads in one order."""

import contextlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.core import audit, door
from apps.core.access import Role
from apps.core.chain_reading import verify
from apps.core.errors import Refused
from apps.core.models import AuditEntry
from apps.tenant_bindings.context import enter_platform, enter_tenant
from tests.core.doors import inside, rolled_back_as, run
from tests.core.spare import spare_world
from tests.core.threads import together
from tests.world import OPERATOR, World, person_actor

WRITERS, COMMITS = 8, 100


def tell(what: str, tenant: str | None = None) -> None:
    audit.record("test.told", object_type="test", object_id=what, tenant_id=tenant)


def told(*objects: str) -> list[str]:
    """Which of these the trail of the partition entered tells of, in the chain's order."""
    found = AuditEntry.objects.filter(object_id__in=objects).order_by("number")
    return [entry.object_id for entry in found]


def locked(captured: CaptureQueriesContext) -> list[str]:
    """The schemas of the heads that were locked, in order."""
    statements = [q["sql"] for q in captured if "FOR UPDATE" in q["sql"]]
    return [m[1] for s in statements if (m := re.search(r'"([^"]+)"\.core_audithead', s))]


def test_a_door_within_hands_its_entries_on_and_the_head_is_locked_once_and_last(
    committed: None,
) -> None:
    world = spare_world()
    with CaptureQueriesContext(connections["default"]) as captured, inside(world.acme):
        tell("outer 1")
        for number in range(3):
            with inside(world.acme):
                tell(f"inner {number}")
        run("SELECT 'the work goes on'")
        tell("outer 2")
    statements = [query["sql"] for query in captured]
    work = next(i for i, sql in enumerate(statements) if "the work goes on" in sql)
    assert locked(captured) == ["pool_acme-spare"]
    assert all("core_audit" not in sql for sql in statements[:work])
    with inside(world.acme):
        objects = ("outer 1", "inner 0", "inner 1", "inner 2", "outer 2")
        assert told(*objects) == list(objects)


def test_the_order_of_the_heads_is_partition_tenants_platform(committed: None) -> None:
    spare_world()
    with (
        CaptureQueriesContext(connections["owner"]) as captured,
        door.using("owner"),
        enter_platform(actor=OPERATOR),
    ):
        for tenant in ("platform", "globex-spare", "acme-spare"):
            tell("in order", tenant)
        with enter_tenant("acme-spare", actor=OPERATOR, partition="shared", writing=True):
            tell("of the control plane", "acme-spare")
            tell("of the partition")
    assert locked(captured) == ["shared", "public", "public", "public"]
    tenants = [m[1] for q in captured if "FOR UPDATE" in q["sql"]
               and (m := re.search(r"tenant_id = '([^']+)'", q["sql"]))]  # fmt: skip
    assert tenants == ["acme-spare", "acme-spare", "globex-spare", "platform"]


def _raise() -> None:
    raise Refused("no")


def _set_back() -> None:
    transaction.set_rollback(True, using=door.current_alias())


@pytest.mark.parametrize("end", [_raise, _set_back])
@pytest.mark.parametrize("where", ["within the door", "around the door"])
def test_what_is_rolled_back_with_its_savepoint_is_handed_on_to_nobody(
    committed: None, end: Callable[[], None], where: str
) -> None:
    world = spare_world()
    kept, dropped = f"kept {end.__name__} {where}", f"dropped {end.__name__} {where}"
    with inside(world.acme) as entered:
        tell(kept)
        with contextlib.suppress(Refused), door.atomic():
            with inside(world.acme):
                tell(dropped)
                if where == "within the door":
                    end()
            if where == "around the door":
                end()
        assert [entry.object_id for entry in entered.entries] == [kept]
    with inside(world.acme):
        assert told(kept, dropped) == [kept]


def test_a_door_for_reading_takes_no_entry(committed: None) -> None:
    world = spare_world()
    with (
        pytest.raises(Exception, match="read-only"),
        inside(world.acme, writing=False),
        inside(world.acme),
    ):
        tell("never")


def test_eight_writers_of_one_tenant_leave_no_gap_and_no_repeat(
    fresh: Callable[[], World],
) -> None:
    """Each on a connection of its own, in the partition and in the control plane at once."""
    world = fresh()
    slug = world.acme.slug

    def write() -> None:
        for _ in range(COMMITS):
            with inside(world.acme, "shared"):
                tell("raced", slug)
                tell("raced")

    assert together(*[write] * WRITERS) == [None] * WRITERS
    with rolled_back_as("owner"):
        for schema in ("shared", "public"):
            numbers = [n for (n,) in run(
                f"SELECT number FROM {schema}.core_auditentry WHERE tenant_id = %s ORDER BY 1",
                [slug],
            )]  # fmt: skip
            assert numbers == list(range(1, len(numbers) + 1))
            assert len(numbers) > WRITERS * COMMITS
        with connections["owner"].cursor() as cursor:
            assert [check.fault for check in verify(cursor, slug)] == [None] * 4


def test_two_who_write_to_the_same_chains_in_other_orders_never_meet(
    fresh: Callable[[], World],
) -> None:
    world = fresh()
    admin = world.platform[Role.PLATFORM_ADMIN]
    slugs = [world.acme.slug, "platform", world.globex.slug]

    def write(order: list[str]) -> Callable[[], Any]:
        def work() -> None:
            for _ in range(30):
                with enter_platform(actor=person_actor(admin)):
                    for slug in order:
                        tell("met", slug)

        return work

    orders = [slugs, slugs[::-1], slugs[1:] + slugs[:1], slugs]
    assert together(*[write(order) for order in orders]) == [None] * 4


def test_two_who_begin_a_chain_at_once_begin_one(fresh: Callable[[], World]) -> None:
    world = fresh()
    with rolled_back_as("owner"):
        run("SET LOCAL app.moves_clocks = 'on'")
        assert run("SELECT 1 FROM shared.core_audithead WHERE tenant_id = 'nobody'") == []
    with door.using("owner"), connections["owner"].cursor() as cursor, transaction.atomic("owner"):
        cursor.execute("SET LOCAL app.moves_clocks = 'on'")
        for table in ("auditdetail", "auditentry", "audithead"):
            cursor.execute(
                f"DELETE FROM shared.core_{table} WHERE tenant_id = %s", [world.acme.slug]
            )

    def begin() -> None:
        with inside(world.acme, "shared"):
            tell("first")

    assert together(*[begin] * 4) == [None] * 4
    with rolled_back_as("owner"):
        numbers = run(
            "SELECT number FROM shared.core_auditentry WHERE tenant_id = %s ORDER BY 1",
            [world.acme.slug],
        )
        assert numbers == [(1,), (2,), (3,), (4,)]
