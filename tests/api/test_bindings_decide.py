"""A binding that is suspended admits reads of every operation, one that is released none at all."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.core import door
from apps.tenant_bindings.context import enter_platform
from apps.tenant_bindings.operations import suspend_binding
from apps.tenant_bindings.release import release_binding
from tests.api.caller import Caller, token_of
from tests.api.test_core import ALL, problem
from tests.world import OPERATOR, World

# Of the control plane, or of every partition: these go on whatever one binding's state is.
ELSEWHERE = ("audit-events",)
Case = tuple[str, str, str]


def _of_a_partition() -> list[Case]:
    return [
        (method, str(pattern), name)
        for method, pattern, view, name in (case.values for case in ALL)
        if not view.control_plane
        and not any(one in pattern for one in ELSEWHERE)
        and name != "export"  # see test_exports
    ]


def _things(caller: Caller, world: World) -> dict[str, str]:
    """{collection: the id of one of its things in the pool}."""
    here = world.acme.environments["pool"]
    found = {}
    for method, pattern, _ in _of_a_partition():
        if method == "GET" and "<" not in pattern and "health" not in pattern:
            answer = caller.get(f"/v1/{pattern}?environmentId={here}")
            found[pattern] = str(next(iter(answer.data["results"][0].values())))
    return found


def _requests(world: World, things: dict[str, str]) -> Iterator[tuple[Case, str, str, Any]]:
    here = str(world.acme.environments["pool"])
    service = things["runtime/services"]
    for case in _of_a_partition():
        method, pattern, _ = case
        collection = pattern.split("/<")[0]
        path = f"/v1/{pattern}"
        if "<" in pattern:
            path = path.replace("<uuid:id>", things[collection])
        elif "health" in pattern:
            path += f"?environmentId={here}" + (f"&serviceId={service}" if method == "GET" else "")
        elif method == "GET" or method == "PATCH" or pattern.count("/") == 2:
            path += f"?environmentId={here}"
        yield case, method, path, None if method == "GET" else {"environmentId": here}


@pytest.fixture
def placed(fresh: Any) -> tuple[World, Caller, dict[str, str]]:
    world = fresh()
    caller = Caller(token_of(world.acme.slug))
    return world, caller, _things(caller, world)


def test_suspended_it_is_read_and_never_written_released_it_is_gone(placed: Any) -> None:
    world, caller, things = placed
    binding = world.acme.bindings["pool"]
    with door.using("owner"), enter_platform(actor=OPERATOR):
        suspend_binding(binding)
    for case, method, path, body in _requests(world, things):
        answer = caller(method, path, body, If_Match="*")
        if method == "GET":
            assert answer.status_code == 200, (case, answer.data)
        else:
            assert problem(answer, "binding-suspended"), case
    with door.using("owner"), enter_platform(actor=OPERATOR):
        release_binding(binding)
    for case, method, path, body in _requests(world, things):
        answer = caller(method, path, body, If_Match="*")
        if method == "GET" and "<" not in case[1]:
            assert answer.data["results"] == [], case
        else:
            assert problem(answer, "not-found"), case
    # Of another binding nothing has changed, nor of the control plane.
    there = world.acme.environments["shared"]
    assert caller.get(f"/services?environmentId={there}").data["results"]
    for path in ("/people", "/clients", "/retention-runs", "/audit-events"):
        assert caller.get(path).data["results"], path


def test_a_token_of_a_tenant_without_any_binding_left_reads_its_records(placed: Any) -> None:
    world, caller, _ = placed
    with door.using("owner"), enter_platform(actor=OPERATOR):
        for binding in world.acme.bindings.values():
            release_binding(binding)
    assert caller.get("/retention-runs").data["results"]
    assert caller.get("/legal-holds").data["results"] == []
    assert caller.get("/tenant-bindings").data["results"] == []
    assert caller.get("/services").data["results"] == []
