"""Releasing is one transaction: nothing of the tenant stays live there, no writer comes after."""

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from apps.configurations.operations import draft_configuration, publish_configuration
from apps.core.access import Role
from apps.core.errors import Forbidden, NotFound, Refused
from apps.core.ids import uuid7
from apps.deployments.operations import request_deployment
from apps.services.operations import ServiceSpec, create_services
from apps.tenant_bindings import context, release
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenant_bindings.operations import (
    activate_binding,
    request_binding,
    resume_binding,
    suspend_binding,
)
from apps.tenant_bindings.release import release_binding
from tests.core.chains import told
from tests.core.doors import inside, new_environment, on_platform, rolled_back_as, run
from tests.core.spare import spare_world
from tests.core.threads import meanwhile, together, until_somebody_waits
from tests.world import World

PLACES = (
    "shared",
    *(f"{kind}_{who}-spare" for kind in ("pool", "silo") for who in ("acme", "globex")),
)
POOL = '"pool_acme-spare"'
SWEPT = {
    "services_runtimeservice": [("Retired", 2)],
    "deployments_runtimedeployment": [("Completed", 1), ("Failed", 1)],
    "configurations_runtimeconfiguration": [("Discarded", 2), ("Superseded", 1)],
}


def _filled(world: World) -> tuple[UUID, UUID]:
    """An environment of acme with two services, an open deployment and two drafts; its binding."""
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment):
        publish_configuration(draft_configuration(payload={"n": 1}).id)
        create_services([ServiceSpec(name, "registry.test/x:1", "1", 1) for name in ("a", "b")])
        request_deployment(release_ref="open")
        for n in (2, 3):
            draft_configuration(payload={"n": n})
    with on_platform(world):
        binding = RuntimeTenantBinding.objects.get(environment_id=environment)
    return environment, binding.id


def _states(environment: UUID, table: str) -> list[tuple[str, int]]:
    return run(
        f"SELECT status, count(*) FROM {POOL}.{table} WHERE environment_id = %s "
        "GROUP BY status ORDER BY status",
        [environment],
    )


def _everything(environment: UUID) -> dict[str, list[tuple[str, int]]]:
    """As owner, who sees what a released binding left behind."""
    with rolled_back_as("owner"):
        return {table: _states(environment, table) for table in SWEPT}


@pytest.mark.attacks("release is whole")
@pytest.mark.parametrize("status", ["Active", "Suspended"])
def test_whatever_was_live_there_ends_with_the_binding(committed: None, status: str) -> None:
    world = spare_world()
    with rolled_back_as("owner"):  # its rows are seen after the release by the owner alone
        environment, binding = _filled(world)
        with on_platform(world):
            if status == "Suspended":
                suspend_binding(binding)
            assert release_binding(binding, reason="moved out").status == "Released"
        assert {table: _states(environment, table) for table in SWEPT} == SWEPT
        assert run(
            f"SELECT DISTINCT {told(POOL, 'reason')} FROM {POOL}.core_auditentry e "
            "WHERE environment_id = %s AND action = 'deployment.failed'",
            [environment],
        ) == [("binding released",)]
        (row,) = run(
            "SELECT status, released_at = now(), activated_at = now() "
            "FROM tenant_bindings_runtimetenantbinding WHERE id = %s",
            [binding],
        )
        assert row == ("Released", True, True)


def test_a_platform_admin_releases_with_no_right_on_the_tenants_rows(committed: None) -> None:
    world = spare_world()
    environment, binding = _filled(world)
    with on_platform(world) as entered:
        assert "runtime.services.write" not in entered.rights.scopes
        release_binding(binding, reason="moved out")
        (entry,) = entered.entries
        assert (entry.action, entry.reason) == ("binding.released", "moved out")
        assert (entry.before, entry.after) == ({"status": "Active"}, {"status": "Released"})
        admin = entered.actor
    assert _everything(environment) == SWEPT
    with rolled_back_as("owner"):
        said = run(
            f"SELECT DISTINCT actor_kind, actor_id, {told(POOL, 'label')} "
            f"FROM {POOL}.core_auditentry e "
            "WHERE environment_id = %s AND action IN ('services.retired', 'deployment.failed', "
            "'configuration.superseded', 'configuration.discarded') "
            f"AND {told(POOL, 'reason')} = %s",
            [environment, release.REASON],
        )
    assert said == [("worker", admin.id, admin.label)]
    with pytest.raises(NotFound), inside(world.acme, environment_id=environment):
        pass


def test_a_binding_that_was_never_active_is_released_with_nothing_to_end(
    world: World, rolled_back: None
) -> None:
    environment = new_environment(world)
    with on_platform(world) as entered:
        binding = request_binding(tenant_id="globex", environment_id=environment, quota={})
        entered.entries.clear()
        released = release_binding(binding.id)
        released.refresh_from_db()
        assert (released.status, released.activated_at) == ("Released", None)
        assert [entry.action for entry in entered.entries] == ["binding.released"]


def test_released_is_final(world: World, rolled_back: None) -> None:
    environment = new_environment(world)
    with on_platform(world) as entered:
        binding = RuntimeTenantBinding.objects.get(environment_id=environment)
        release_binding(binding.id)
        entered.entries.clear()
        for verb in (release_binding, activate_binding, suspend_binding, resume_binding):
            with pytest.raises(Refused):
                verb(binding.id)
        assert entered.entries == []


def test_only_who_may_write_bindings_releases_one(world: World, rolled_back: None) -> None:
    with on_platform(world, Role.PLATFORM_VIEWER), pytest.raises(Forbidden):
        release_binding(world.acme.bindings["pool"])
    with on_platform(world), pytest.raises(NotFound):
        release_binding(uuid7())


def test_other_environments_and_other_tenants_are_untouched(committed: None) -> None:
    world = spare_world()
    before = _census()
    environment, binding = _filled(world)
    with on_platform(world):
        release_binding(binding)
    assert _census(without=environment) == before


def _census(without: UUID | None = None) -> list[Any]:
    with rolled_back_as("owner"):
        return [
            run(
                f'SELECT tenant_id, environment_id, status, count(*) FROM "{schema}".{table} '
                "WHERE environment_id IS DISTINCT FROM %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                [without],
            )
            for schema in PLACES
            for table in SWEPT
        ]


@pytest.mark.attacks("release is whole")
@pytest.mark.parametrize("moment", ["retire_all", "fail_all", "supersede_all", "discard_all"])
@pytest.mark.parametrize("status", ["Active", "Suspended"])
def test_killed_in_the_middle_it_leaves_everything_as_it_was(
    committed: None, monkeypatch: pytest.MonkeyPatch, moment: str, status: str
) -> None:
    world = spare_world()
    environment, binding = _filled(world)
    if status == "Suspended":
        with on_platform(world):
            suspend_binding(binding)
    before = _everything(environment)

    def dies(**_: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(release, moment, dies)
    with pytest.raises(RuntimeError, match="killed"), on_platform(world):
        release_binding(binding)
    assert _everything(environment) == before
    with on_platform(world):
        assert RuntimeTenantBinding.objects.get(id=binding).status == status


def test_a_refused_release_leaves_the_door_as_it_was(
    world: World, rolled_back: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an outer transaction goes on with is the platform's, not the tenant's."""
    _, binding = _filled(world)
    monkeypatch.setattr(release, "discard_all", lambda **_: _raise(Refused("not now")))
    with on_platform(world) as entered:
        with pytest.raises(Refused, match="not now"):
            release_binding(binding)
        assert entered.entries == []
        assert run("SELECT app.tenant_id(), app.person_id()") == [(None, entered.actor.id)]
        assert suspend_binding(binding).status == "Suspended"


def _raise(error: Exception) -> None:
    raise error


def _impatient(monkeypatch: pytest.MonkeyPatch, timeout_ms: int) -> None:
    patient = context.lock_tenant_for_release
    impatient = functools.partial(patient, timeout_ms=timeout_ms)
    monkeypatch.setattr(context, "lock_tenant_for_release", impatient)


def _releaser(world: World, binding: UUID) -> Callable[[], str]:
    def work() -> str:
        with on_platform(world):
            return release_binding(binding).status

    return work


def test_it_waits_for_a_writer_in_mid_work(committed: None) -> None:
    world = spare_world()
    environment, binding = _filled(world)
    with ThreadPoolExecutor(1) as pool:
        with inside(world.acme, environment_id=environment):
            asked = meanwhile(pool, _releaser(world, binding))
            until_somebody_waits()
            draft_configuration(payload={"late": True})
            assert not asked.done()
        assert asked.result() == "Released"
    found = _everything(environment)
    assert found["configurations_runtimeconfiguration"] == [("Discarded", 3), ("Superseded", 1)]


def test_it_gives_up_on_a_writer_who_does_not_finish(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = spare_world()
    environment, binding = _filled(world)
    before = _everything(environment)
    _impatient(monkeypatch, 150)
    with inside(world.acme, environment_id=environment), ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        refusal = meanwhile(pool, _releaser(world, binding)).result()
        assert time.monotonic() - started < 3
    assert isinstance(refusal, Refused)
    assert "try again" in refusal.message
    assert _everything(environment) == before
    assert _releaser(world, binding)() == "Released"


def test_a_writer_of_another_tenant_holds_nobody_up(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = spare_world()
    _, binding = _filled(world)
    _impatient(monkeypatch, 150)
    with inside(world.globex), ThreadPoolExecutor(1) as pool:
        assert meanwhile(pool, _releaser(world, binding)).result() == "Released"


def test_a_reader_holds_nobody_up(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    world = spare_world()
    environment, binding = _filled(world)
    _impatient(monkeypatch, 150)
    seen = "SELECT count(*) FROM services_runtimeservice WHERE environment_id = %s"
    with inside(world.acme, environment_id=environment, writing=False):
        assert run(seen, [environment]) == [(2,)]
        with ThreadPoolExecutor(1) as pool:
            assert meanwhile(pool, _releaser(world, binding)).result() == "Released"
        assert run(seen, [environment]) == [(0,)]  # from the next statement on


def test_a_writer_who_waited_behind_it_finds_nothing_there(committed: None) -> None:
    world = spare_world()
    environment, binding = _filled(world)

    def write() -> None:
        with inside(world.acme, environment_id=environment):
            draft_configuration(payload={"late": True})

    with ThreadPoolExecutor(1) as pool:
        with on_platform(world):
            release_binding(binding)
            asked = meanwhile(pool, write)
            until_somebody_waits()
        assert isinstance(asked.result(), NotFound)
    assert _everything(environment) == SWEPT


def test_of_two_who_release_at_once_one_is_told_that_it_is(committed: None) -> None:
    world = spare_world()
    environment, binding = _filled(world)
    outcomes = together(*[_releaser(world, binding)] * 2)
    assert sorted(isinstance(outcome, Refused) for outcome in outcomes) == [False, True]
    assert "Released" in outcomes
    assert _everything(environment) == SWEPT


@pytest.mark.attacks("bound again")
def test_bound_again_the_tenant_finds_what_it_left(committed: None) -> None:
    world = spare_world()
    with rolled_back_as("default"):
        _bound_again(world)


def _bound_again(world: World) -> None:
    environment, binding = _filled(world)
    with on_platform(world):
        release_binding(binding)
        again = request_binding(tenant_id=world.acme.slug, environment_id=environment, quota={})
    with pytest.raises(NotFound), inside(world.acme, environment_id=environment):
        pass
    with on_platform(world):
        activate_binding(again.id)
    with inside(world.acme, environment_id=environment):
        assert {table: _states(environment, table) for table in SWEPT} == SWEPT
        assert draft_configuration(payload={}).version == 4
        made = create_services([ServiceSpec("a", "registry.test/x:1", "1", 1)])
        assert made[0].status == "Pending"
