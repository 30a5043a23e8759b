"""Reading the trail uses its indexes, as runtime, under the policies."""

import pytest
from django.db import connections

from apps.core import audit
from apps.core.access import Role
from apps.core.models import AuditEntry
from tests.core.doors import inside, on_platform
from tests.world import World

ONE = "01920000-0000-7000-8000-000000000000"
# What a page asks, and the index that must bound it.
ASKED = {
    "the newest": ({}, "audit_shown"),
    "after a key": ({"shown_at__lte": "2030-01-01T00:00Z"}, "audit_shown"),
    "from and until": (
        {"shown_at__gte": "2026-01-01T00:00Z", "shown_at__lt": "2030-01-01T00:00Z"}, "audit_shown"),
    "a whole object id": ({"object_id": ONE}, "audit_object"),
    "one entry": ({"id": ONE}, "audit_key"),
}  # fmt: skip


def plan(**asked: str) -> str:
    found = AuditEntry.objects.filter(**asked)
    if "id" not in asked:
        found = found.order_by(*(("-id",) if "object_id" in asked else ("-shown_at", "-id")))
    with connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    return str(found[:51].explain())


@pytest.mark.parametrize("what", ASKED)
def test_a_tenants_page_uses_an_index(world: World, rolled_back: None, what: str) -> None:
    asked, index = ASKED[what]
    with inside(world.acme, "shared"):
        for number in range(1000):  # in few rows the planner finds any way good
            audit.record("x.y", object_type="x", object_id=str(number), reason="why")
    with inside(world.acme, "shared", writing=False, role=Role.TENANT_AUDITOR):
        found = plan(tenant_id="acme", **asked)
    assert index in found
    assert "tenant_id" in next(line for line in found.splitlines() if "Index Cond" in line)
    assert "Sort" not in found
    # What is told beside an entry is found by its key, entry by entry.
    assert "audit_detail" in found


def test_the_platforms_page_uses_one_too(world: World, rolled_back: None) -> None:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        assert "audit_everybodys" in plan()
