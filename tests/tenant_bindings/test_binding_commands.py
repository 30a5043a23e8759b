import json
from typing import Any

import pytest

from apps.core.ids import uuid7
from tests.core.chains import told
from tests.core.doors import on_platform, requested_environment, rolled_back_as, run
from tests.core.shell import manage
from tests.core.spare import spare_world
from tests.world import World

QUOTA = {"computeReplicas": 40, "storageGiB": 0}


def _environment(world: World, model: str = "pool") -> Any:
    with on_platform(world):
        return requested_environment(model)


def test_a_tenant_is_bound_and_placed(committed: None) -> None:
    world = spare_world()
    environment = _environment(world)
    ended = manage(
        "bind_tenant", "acme-spare", "--environment", environment, "--quota", json.dumps(QUOTA),
        "--format", "json",
    )  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    shown = ended.json
    assert shown.pop("tenantBindingId")
    assert shown == {
        "tenantId": "acme-spare", "environmentId": str(environment), "isolationModel": "pool",
        "quota": QUOTA, "networkPartition": f"net-{environment}-acme-spare",
        "dataPartition": "pool_acme-spare", "computePlacement": "common-westeurope-prod",
        "status": "Active",
    }  # fmt: skip
    again = manage("bind_tenant", "acme-spare", "--environment", environment)
    assert (again.code, again.out) == (1, "")
    assert "already" in again.err


def test_a_first_binding_makes_the_partition_at_once(committed: None) -> None:
    world = spare_world()
    slug = f"first-{uuid7().hex[-12:]}"
    assert manage("onboard_tenant", slug, "--name", "First").code == 0
    environment = _environment(world, "silo")
    ended = manage("bind_tenant", slug, "--environment", environment)
    assert ended.code == 0
    assert f"data silo_{slug}" in ended.out
    with rolled_back_as("owner"):
        assert run("SELECT to_regclass(%s) IS NOT NULL", [f'"silo_{slug}".core_auditentry']) == [
            (True,)
        ]


@pytest.mark.parametrize(
    ("quota", "field"),
    [('{"computeReplicas": -1}', "quota.computeReplicas"), ('{"cpu": 1}', "quota.cpu")],
)
def test_a_quota_that_cannot_be_is_named_by_its_field(
    world: World, committed: None, quota: str, field: str
) -> None:
    environment = world.globex.environments["silo"]
    ended = manage(
        "bind_tenant", "acme", "--environment", environment, "--quota", quota, "--format", "json"
    )
    assert ended.code == 1
    assert list(ended.json["fields"]) == [field]
    assert ended.err.startswith(f"{field}: ")


@pytest.mark.parametrize("quota", ["{", "[]", "7", '"x"', "NaN"])
def test_a_quota_that_is_no_object_is_wrong_usage(
    world: World, committed: None, quota: str
) -> None:
    ended = manage("bind_tenant", "acme", "--environment", uuid7(), "--quota", quota)
    assert (ended.code, ended.out) == (2, "")
    assert "--quota" in ended.err


@pytest.mark.parametrize("command", ["suspend_binding", "resume_binding", "release_binding"])
def test_an_id_that_is_none_is_wrong_usage_and_an_unknown_one_is_refused(
    world: World, committed: None, command: str
) -> None:
    assert manage(command, "7").code == 2
    unknown = uuid7()
    ended = manage(command, unknown)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == f"There is no binding {unknown}.\n"


@pytest.mark.parametrize("model", ["silo", "pool", "shared"])
def test_a_binding_is_suspended_resumed_and_released(fresh: Any, model: str) -> None:
    world = fresh()
    binding = world.acme.bindings[model]
    for command, status in (
        ("suspend_binding", "Suspended"), ("resume_binding", "Active"),
        ("suspend_binding", "Suspended"), ("release_binding", "Released"),
    ):  # fmt: skip
        ended = manage(command, binding, "--reason", "as told", "--format", "json")
        assert (ended.code, ended.err) == (0, "")
        assert ended.json["status"] == status
    again = manage("release_binding", binding)
    assert (again.code, again.out) == (1, "")
    with rolled_back_as("owner"):
        schema = world.acme.schema(model)
        assert run(
            f'SELECT DISTINCT status FROM "{schema}".services_runtimeservice '
            "WHERE tenant_id = %s AND environment_id = %s",
            [world.acme.slug, world.acme.environments[model]],
        ) == [("Retired",)]
        said = run(
            f"SELECT action, actor_kind, {told('public', 'reason')} FROM public.core_auditentry e "
            "WHERE object_id = %s ORDER BY id DESC LIMIT 1",
            [str(binding)],
        )
    assert said == [("binding.released", "operator", "as told")]
