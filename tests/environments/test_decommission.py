"""Decommissioning releases binding by binding: killed in the middle, held up, asked for twice."""

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections

from apps.core.access import Role
from apps.core.errors import Forbidden, NotFound, Refused
from apps.core.ids import uuid7
from apps.environments.decommission import begin_decommissioning, release_all
from apps.environments.models import RuntimeEnvironment
from apps.environments.operations import decommission_environment
from apps.environments.tasks import ask_decommissioning
from apps.services.operations import ServiceSpec, create_services
from apps.tenant_bindings import context
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import activate_binding, request_binding
from apps.tenant_bindings.release import release_binding
from tests.core.chains import told
from tests.core.doors import inside, on_platform, requested_environment, rolled_back_as, run
from tests.core.shell import manage
from tests.core.threads import meanwhile
from tests.tenant_bindings.test_worker import _environment as process_environment
from tests.world import World, person_actor

# Runs the worker, which is killed as if by kill -9 at the moment it begins its second release.
KILLED = """
import os, signal, django
django.setup()
from django.core.management import call_command
from apps.environments import decommission
release, begun = decommission.release_binding, []
def killed_at_the_second(*args, **kwargs):
    begun.append(args)
    if len(begun) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return release(*args, **kwargs)
decommission.release_binding = killed_at_the_second
call_command("runtime_inventory_worker", "--once")
"""


def begin(world: World, environment: UUID) -> None:
    with on_platform(world):
        ask_decommissioning(environment, reason="moved out")


def states(world: World, environment: UUID) -> tuple[str, dict[str, str]]:
    """The environment's, and those of its bindings by tenant."""
    with on_platform(world):
        bindings = RuntimeTenantBinding.objects.filter(environment_id=environment)
        return (
            RuntimeEnvironment.objects.get(id=environment).status,
            {binding.tenant_id: binding.status for binding in bindings},
        )


def worker(code: str = "") -> "subprocess.CompletedProcess[str]":
    command = ["-c", code] if code else ["manage.py", "runtime_inventory_worker", "--once"]
    environment = {
        "DJANGO_SETTINGS_MODULE": "runtime_portal.settings", **os.environ, **process_environment(),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *command], cwd=settings.BASE_DIR, env=environment, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


def as_owner(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def empty_queue() -> None:
    """Jobs that other tests asked for are none of this one's."""
    as_owner("DELETE FROM procrastinate_jobs")


def job(environment: UUID) -> str:
    sql = "SELECT status::text FROM procrastinate_jobs WHERE args ->> 'environment_id' = %s"
    [(status,)] = as_owner(sql, str(environment))
    return str(status)


def released_entries(environment: UUID) -> list[tuple[object, ...]]:
    return as_owner(
        f"SELECT tenant_id, actor_kind, {told('public', 'label')}, {told('public', 'reason')} "
        "FROM public.core_auditentry e "
        "WHERE environment_id = %s AND action = 'binding.released' ORDER BY tenant_id",
        environment,
    )


def test_the_worker_releases_one_after_the_other_as_who_asked(
    fresh: Callable[[], World],
) -> None:
    empty_queue()
    world = fresh()
    environment = world.acme.environments["shared"]
    begin(world, environment)
    assert states(world, environment)[0] == "Decommissioning"
    done = worker()
    assert done.returncode == 0, done.stderr
    tenants = [world.acme.slug, world.globex.slug]
    assert states(world, environment) == ("Decommissioned", dict.fromkeys(tenants, "Released"))
    admin = world.platform[Role.PLATFORM_ADMIN]
    assert released_entries(environment) == [
        (tenant, "person", admin.email, "environment decommissioned") for tenant in tenants
    ]
    assert job(environment) == "succeeded"


@pytest.mark.attacks("decommissioning goes on")
def test_killed_between_two_bindings_it_is_taken_up_again(fresh: Callable[[], World]) -> None:
    empty_queue()
    world = fresh()
    environment = world.acme.environments["shared"]
    begin(world, environment)
    assert worker(KILLED).returncode == -9
    status, bindings = states(world, environment)
    assert status == "Decommissioning"
    assert sorted(bindings.values()) == ["Active", "Released"]
    assert job(environment) == "doing"
    # A worker that has been silent for half a minute is held for dead.
    as_owner("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    assert worker().returncode == 0
    status, bindings = states(world, environment)
    assert (status, set(bindings.values())) == ("Decommissioned", {"Released"})
    assert job(environment) == "succeeded"
    assert len(released_entries(environment)) == 2


@pytest.mark.attacks("decommissioning goes on")
def test_a_tenant_that_is_being_written_to_holds_up_its_own_binding_alone(
    fresh: Callable[[], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fresh()
    patient = context.lock_tenant_for_release
    monkeypatch.setattr(
        context, "lock_tenant_for_release", functools.partial(patient, timeout_ms=150)
    )
    environment = world.acme.environments["pool"]
    admin = person_actor(world.platform[Role.PLATFORM_ADMIN])
    begin(world, environment)
    with inside(world.acme, "pool"), ThreadPoolExecutor(1) as pool:
        ended = meanwhile(pool, lambda: release_all(environment, actor=admin)).result()
    assert ended.released == 1
    assert "being written to" in ended.blocked[world.acme.bindings["pool"]]
    assert states(world, environment) == (
        "Decommissioning", {world.acme.slug: "Active", world.globex.slug: "Released"},
    )  # fmt: skip
    again = release_all(environment, actor=admin)
    assert (again.released, again.blocked) == (1, {})
    assert again.environment.status == "Decommissioned"
    assert release_all(environment, actor=admin).released == 0


def test_who_lost_the_right_in_the_middle_releases_no_further(
    fresh: Callable[[], World],
) -> None:
    world = fresh()
    environment = world.acme.environments["pool"]
    begin(world, environment)
    for role in (Role.PLATFORM_VIEWER, Role.GOVERNANCE_OFFICER):
        with pytest.raises(Forbidden):
            release_all(environment, actor=person_actor(world.platform[role]))
    with pytest.raises(Forbidden):
        release_all(environment, actor=person_actor(world.acme.people[Role.TENANT_ADMIN]))
    assert set(states(world, environment)[1].values()) == {"Active"}


def test_one_that_was_not_begun_is_not_gone_on_with(world: World, committed: None) -> None:
    admin = person_actor(world.platform[Role.PLATFORM_ADMIN])
    with pytest.raises(Refused, match="only from Decommissioning"):
        release_all(world.acme.environments["pool"], actor=admin)
    with pytest.raises(NotFound):
        release_all(uuid7(), actor=admin)


def test_begun_twice_it_is_one_change(world: World, rolled_back: None) -> None:
    with on_platform(world) as entered:
        environment = requested_environment()
        begin_decommissioning(environment)
        entered.entries.clear()
        assert begin_decommissioning(environment).status == "Decommissioning"
        assert entered.entries == []


@pytest.mark.attacks(
    "environment of a binding",
    "bound again",
)
def test_no_tenant_is_bound_again_to_what_is_being_decommissioned_or_was(
    committed: None, fresh: Callable[[], World]
) -> None:
    world = fresh()
    with rolled_back_as("default"), on_platform(world):
        environment = requested_environment()
        binding = request_binding(tenant_id=world.acme.slug, environment_id=environment, quota={})
        activate_binding(binding.id)
        with inside(world.acme, environment_id=environment):
            create_services([ServiceSpec("left", "registry.test/x:1", "1", 1)])
        release_binding(binding.id)
        decommission_environment(environment)
        for status in ("Decommissioning", "Decommissioned"):
            with pytest.raises(Refused, match=f"is {status}, not Provisioned"):
                request_binding(tenant_id=world.acme.slug, environment_id=environment, quota={})
            if status == "Decommissioning":
                run(
                    "UPDATE environments_runtimeenvironment SET status = 'Decommissioned' "
                    "WHERE id = %s",
                    [environment],
                )
        with pytest.raises(NotFound), inside(world.acme, environment_id=environment):
            pass


def test_the_command_does_it_inline_and_says_so(fresh: Callable[[], World]) -> None:
    world = fresh()
    environment = world.acme.environments["shared"]
    ended = manage(
        "decommission_environment", "--environment", environment, "--reason", "moved",
        "--format", "json",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert (ended.json["status"], ended.json["released"], ended.json["blocked"]) == (
        "Decommissioned", 2, [],
    )  # fmt: skip
    again = manage("decommission_environment", "--environment", environment)
    assert again.code == 1
    assert "only from Provisioned" in again.err
    assert manage("decommission_environment", "--environment", "nonsense").code == 2
    assert manage("decommission_environment", "--environment", uuid7()).code == 1


def test_the_command_goes_on_where_it_was_held_up(
    fresh: Callable[[], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fresh()
    patient = context.lock_tenant_for_release
    monkeypatch.setattr(
        context, "lock_tenant_for_release", functools.partial(patient, timeout_ms=150)
    )
    environment = world.acme.environments["shared"]
    arguments = ("decommission_environment", "--environment", environment, "--format", "json")
    with inside(world.globex, "shared"), ThreadPoolExecutor(1) as pool:
        ended = meanwhile(pool, lambda: manage(*arguments)).result()
    assert ended.code == 1
    [blocked] = ended.json["blocked"]
    assert blocked["tenantBindingId"] == str(world.globex.bindings["shared"])
    assert manage(*arguments).json["status"] == "Decommissioned"
