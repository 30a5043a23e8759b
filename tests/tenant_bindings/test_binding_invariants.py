"""What the database itself holds of a binding: raw SQL as the owner, who sees every row."""

from typing import Any
from uuid import UUID

import pytest

from apps.tenant_bindings.operations import request_binding
from apps.tenant_bindings.release import release_binding
from tests.core.doors import on_platform, requested_environment, rolled_back_as, run, sqlstate
from tests.world import World

TABLE = "tenant_bindings_runtimetenantbinding"
UNIQUE, CHECK, KEY, GENERATED = "23505", "23514", "23503", "428C9"


def _bind(tenant: str, environment: UUID, model: str, **more: Any) -> tuple[str, list[Any]]:
    row = {
        "tenant_id": tenant, "environment_id": environment, "isolation_model": model,
        "status": "Pending", "environment_name": "e", "environment_project": "p",
        "environment_status": "Provisioned", "stage": "prod", "region": "westeurope", **more,
    }  # fmt: skip
    marks = ", ".join(["%s"] * len(row))
    return (
        f"INSERT INTO {TABLE} (id, {', '.join(row)}) VALUES (gen_random_uuid(), {marks})",
        list(row.values()),
    )


@pytest.mark.attacks("binding_of_environment")
@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_a_binding_isolates_as_its_environment_does(
    world: World, committed: None, model: str
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        environment = requested_environment(model)
        for other in ("silo", "pool", "shared"):
            expected = "" if other == model else KEY
            assert sqlstate(*_bind("acme", environment, other)) == expected


@pytest.mark.attacks("binding_silo_alone")
def test_a_silo_has_one_tenant_at_a_time(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world):
        environment = requested_environment("silo")
        binding = request_binding(tenant_id="acme", environment_id=environment, quota={})
        assert sqlstate(*_bind("globex", environment, "silo")) == UNIQUE
        release_binding(binding.id)
        assert sqlstate(*_bind("globex", environment, "silo")) == ""


@pytest.mark.attacks("binding_once")
@pytest.mark.parametrize("model", ["pool", "shared"])
def test_a_tenant_is_bound_once_at_a_time_and_beside_others(
    world: World, committed: None, model: str
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        environment = requested_environment(model)
        binding = request_binding(tenant_id="acme", environment_id=environment, quota={})
        assert sqlstate(*_bind("acme", environment, model)) == UNIQUE
        assert sqlstate(*_bind("globex", environment, model)) == ""
        release_binding(binding.id)
        assert sqlstate(*_bind("acme", environment, model)) == ""


@pytest.mark.attacks("binding_choices")
@pytest.mark.parametrize("change", [{"status": "Lost"}, {"isolation_model": "none"}])
def test_a_binding_takes_no_word_that_it_does_not_know(
    world: World, committed: None, change: dict[str, str]
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        given = {"isolation_model": "pool", **change}
        model = given.pop("isolation_model")
        assert sqlstate(*_bind("acme", requested_environment(), model, **given)) == CHECK


@pytest.mark.attacks("binding_not_of_platform")
def test_the_platform_is_bound_to_nothing(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world):
        assert sqlstate(*_bind("platform", requested_environment(), "pool")) == CHECK


@pytest.mark.attacks("tenant_bindings_runtimetenantbinding.tenant_id exists")
@pytest.mark.parametrize("tenant", ["nobody", ""])
def test_a_binding_is_of_a_tenant_that_is_there(world: World, committed: None, tenant: str) -> None:
    with rolled_back_as("owner"), on_platform(world):
        run("SET CONSTRAINTS ALL IMMEDIATE")
        assert sqlstate(*_bind(tenant, requested_environment(), "pool")) == KEY


@pytest.mark.attacks("binding_quota")
@pytest.mark.parametrize(
    "quota", ["quota_compute_replicas", "quota_storage_gib", "quota_throughput_rps"]
)
def test_a_quota_is_never_below_none(world: World, committed: None, quota: str) -> None:
    with rolled_back_as("owner"), on_platform(world):
        environment = requested_environment()
        assert sqlstate(*_bind("acme", environment, "pool", **{quota: -1})) == CHECK
        for limit in (0, None):
            assert sqlstate(*_bind("acme", environment, "pool", **{quota: limit})) == ""


@pytest.mark.attacks(
    "binding_released_at",
    "binding_activated_at",
)
@pytest.mark.parametrize("status", ["Pending", "Active", "Suspended", "Released"])
def test_it_has_a_release_time_if_and_only_if_it_is_released(
    world: World, committed: None, status: str
) -> None:
    with rolled_back_as("owner"), on_platform(world):
        request_binding(tenant_id="acme", environment_id=requested_environment(), quota={})
        way = {"Suspended": ["Active", "Suspended"], "Pending": []}.get(status, [status])
        mine = "WHERE tenant_id = 'acme' AND created_at = now()"
        for step in way:
            run(f"UPDATE {TABLE} SET status = %s {mine}", [step])
        run("SET LOCAL app.moves_clocks = 'on'")
        other = "NULL" if status == "Released" else "now()"
        assert sqlstate(f"UPDATE {TABLE} SET released_at = {other} {mine}") == CHECK
        if status in ("Active", "Suspended"):
            assert sqlstate(f"UPDATE {TABLE} SET activated_at = NULL {mine}") == CHECK


@pytest.mark.attacks("tenant_bindings_runtimetenantbinding.* derived")
@pytest.mark.parametrize("column", ["data_partition", "network_partition", "compute_placement"])
@pytest.mark.parametrize("login", ["default", "owner"])
def test_nobody_types_a_placement(world: World, committed: None, column: str, login: str) -> None:
    with rolled_back_as(login), on_platform(world):
        environment = requested_environment()
        typed = _bind("acme", environment, "pool", **{column: "elsewhere"})
        assert sqlstate(*typed) == GENERATED
        request_binding(tenant_id="acme", environment_id=environment, quota={})
        assert sqlstate(f"UPDATE {TABLE} SET {column} = 'elsewhere'") == GENERATED


def test_nothing_that_placement_derives_from_changes(world: World, committed: None) -> None:
    with rolled_back_as("owner"), on_platform(world):
        request_binding(tenant_id="acme", environment_id=requested_environment(), quota={})
        for column in ("tenant_id", "isolation_model", "stage", "region", "environment_project"):
            update = f"UPDATE {TABLE} SET {column} = 'shared' WHERE created_at = now()"
            assert sqlstate(update) == "RP422"
