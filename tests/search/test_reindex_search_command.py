"""Terms for rows that were there before: tenant by tenant, and done again it changes nothing."""

from collections.abc import Callable

import pytest
from django.db import connections

from apps.search import reindex
from apps.tenant_bindings.operations import suspend_binding
from tests.core.doors import on_platform
from tests.core.shell import manage
from tests.world import TestTenant, World

ALL = ("silo", "pool", "shared")


def terms(tenant: TestTenant, model: str) -> list[tuple[object, ...]]:
    return owner(
        f'SELECT object_type, object_id, term FROM "{tenant.schema(model)}".search_searchterm '
        "WHERE tenant_id = %s ORDER BY 1, 2, 3",
        tenant.slug,
    )


def owner(statement: str, *parameters: str) -> list[tuple[object, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def lose(tenant: TestTenant) -> None:
    for model in ALL:
        owner(
            f'DELETE FROM "{tenant.schema(model)}".search_searchterm WHERE tenant_id = %s',
            tenant.slug,
        )


def test_lost_terms_are_made_again_as_they_were_and_only_of_that_tenant(
    fresh: Callable[[], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindex, "BATCH", 1)
    world = fresh()
    before = {model: terms(world.acme, model) for model in ALL}
    assert all(before.values())
    for tenant in (world.acme, world.globex):
        lose(tenant)
    ended = manage("reindex_search", "--tenant", world.acme.slug, "--format", "json")
    assert ended.code == 0, ended.err
    # Two services, one deployment, one configuration, one finding.
    assert [place["rows"] for place in ended.json["environments"]] == [5, 5, 5]
    assert {model: terms(world.acme, model) for model in ALL} == before
    assert terms(world.globex, "shared") == []
    assert manage("reindex_search", "--tenant", world.acme.slug).code == 0
    assert {model: terms(world.acme, model) for model in ALL} == before


def test_a_suspended_binding_is_passed_over_and_said(fresh: Callable[[], World]) -> None:
    world = fresh()
    with on_platform(world):
        suspend_binding(world.acme.bindings["pool"])
    lose(world.acme)
    ended = manage("reindex_search", "--tenant", world.acme.slug, "--format", "json")
    assert ended.code == 1
    [passed] = [place for place in ended.json["environments"] if "passedOver" in place]
    assert passed["environmentId"] == str(world.acme.environments["pool"])
    assert "suspended" in passed["passedOver"]
    assert terms(world.acme, "pool") == []
    assert terms(world.acme, "silo")


def test_a_tenant_that_is_not_has_nothing_to_index(committed: None) -> None:
    assert manage("reindex_search", "--tenant", "nobody", "--format", "json").json == {
        "environments": []
    }
