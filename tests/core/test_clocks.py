"""Times are the database's own now() at the transition; a client that brings one is not heard."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.configurations.models import RuntimeConfiguration
from apps.core.inserts import insert_together
from apps.core.models import AuditEntry
from apps.deployments.models import DeploymentStep, RuntimeDeployment
from apps.drift_findings.models import DriftCheck, IgnoreRule, RuntimeDriftFinding
from apps.environments.models import RuntimeEnvironment
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService
from apps.tenant_bindings.models import RuntimeTenantBinding
from apps.tenants.models import Tenant, Vault
from tests.core.chains import next_link
from tests.core.doors import inside, new_environment, now, on_platform, rolled_back_as, run
from tests.core.guarded import GUARDS
from tests.world import World

OLD = datetime(2001, 1, 1, tzinfo=UTC)


def _control_rows() -> Iterator[Any]:
    yield Tenant(tenant_id="latecomer", name="Latecomer", created_at=OLD)
    yield Vault(name="late-vault", tenant_id="latecomer", created_at=OLD)
    placed = {"stage": "dev", "region": "westeurope", "isolation_model": "shared"}
    environment = RuntimeEnvironment(
        tenant_id="platform", project_id="p", name="late", created_at=OLD, provisioned_at=OLD,
        decommissioned_at=OLD, **placed,
    )  # fmt: skip
    yield environment
    yield RuntimeTenantBinding(
        tenant_id="latecomer", environment=environment, environment_name="late",
        environment_project="p", environment_status="Provisioned", created_at=OLD,
        activated_at=OLD, released_at=OLD, **placed,
    )  # fmt: skip


def _tenant_rows(tenant: str, environment: Any) -> Iterator[Any]:
    keys = {"tenant_id": tenant, "environment_id": environment}
    told = RuntimeConfiguration(
        **keys, version=7, payload={}, checksum="0", created_by="x", created_at=OLD,
        published_at=OLD, superseded_at=OLD, discarded_at=OLD,
    )  # fmt: skip
    yield told
    deployment = RuntimeDeployment(
        **keys, release_ref="r", configuration=told, requested_by="x", created_at=OLD,
        finished_at=OLD,
    )  # fmt: skip
    yield deployment
    yield DeploymentStep(
        **keys, deployment=deployment, position=1, name="s", started_at=OLD, finished_at=OLD
    )
    service = RuntimeService(
        **keys, module_id="late", component_type="other", image="i", version="1", replicas=1,
        compute_target="aks", deployment=deployment, created_at=OLD, retired_at=OLD,
    )  # fmt: skip
    policy = ScalingPolicy(**keys, service=service, min_replicas=1, max_replicas=1, created_at=OLD)
    insert_together([policy], [service])
    yield service
    yield policy
    yield DriftCheck(**keys, checked_by="x", inputs=[], outcome="InLine", created_at=OLD)
    yield RuntimeDriftFinding(
        **keys, kind="image", path="/late", identity="0", severity="info", desired=1, observed=2,
        first_check_id=service.id, last_check_id=service.id, detected_at=OLD, last_seen_at=OLD,
        acknowledged_at=OLD, resolved_at=OLD,
    )  # fmt: skip
    yield IgnoreRule(
        **keys, kind="image", reason="x", owner="x", expires_at=OLD, created_by="x",
        created_at=OLD, ended_at=OLD,
    )  # fmt: skip
    yield AuditEntry(
        tenant_id=tenant, actor_kind="person", action="x.y", object_type="x", object_id="1", at=OLD,
        **next_link(f"pool_{tenant}", tenant),
    )  # fmt: skip


def _made_now(row: Any) -> None:
    if row._state.adding:
        row.save(force_insert=True)
    row.refresh_from_db()
    guard = GUARDS[row._meta.db_table]
    assert {getattr(row, column) for column in (*guard.created, *guard.recorded)} <= {now()}
    assert {getattr(row, column) for column in guard.companions} <= {None}
    for column, other in guard.stamped.items():
        assert getattr(row, column) == (now() if getattr(row, other) else None)


@pytest.mark.parametrize("login", ["default", "owner"])
def test_a_row_that_brings_old_times_is_made_now(world: World, committed: None, login: str) -> None:
    with rolled_back_as(login):
        environment = new_environment(world)
        with on_platform(world):
            for row in _control_rows():
                _made_now(row)
        with inside(world.acme, environment_id=environment):
            for row in _tenant_rows(world.acme.slug, environment):
                _made_now(row)


def test_the_runtime_login_is_not_heard_when_it_names_a_time(
    world: World, rolled_back: None
) -> None:
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment):
        run("SET LOCAL app.clock = '2001-01-01Z'")
        run("SET LOCAL app.moves_clocks = 'on'")
        for row in _tenant_rows(world.acme.slug, environment):
            _made_now(row)
        run("UPDATE services_runtimeservice SET status = 'Retired'")
        assert run("SELECT DISTINCT retired_at FROM services_runtimeservice")[0] == (now(),)


def test_the_owner_brings_old_times_by_saying_so_and_the_audit_tells(
    world: World, committed: None
) -> None:
    with rolled_back_as("owner"):
        run("SET LOCAL app.clock = '2001-01-01Z'")
        environment = new_environment(world)
        assert RuntimeEnvironment.objects.get(id=environment).provisioned_at == OLD
        said = run(
            "SELECT DISTINCT at = now(), claimed_at FROM public.core_auditentry "
            "WHERE environment_id = %s",
            [environment],
        )
    assert said == [(True, OLD)]
