"""Importing real systems, through the command."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from apps.configurations.models import RuntimeConfiguration
from apps.core import door
from apps.core.models import AuditEntry
from apps.deployments.models import DeploymentProduct, DeploymentStep, RuntimeDeployment
from apps.scaling_policies.models import ScalingPolicy
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_platform, enter_tenant
from apps.tenant_bindings.operations import suspend_binding
from tests.deployments.tails import read_tail
from tests.integrations.data import boutique_in_order, published
from tests.world import OPERATOR, TestTenant, World

Import = Callable[..., tuple[int, dict[str, Any]]]
TWO = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec: {template: {spec: {containers: [{name: api, image: "registry.test/api:1.0"}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 2, template: {spec: {containers: [{name: web, image: "registry.test/web:1.0"}]}}}
"""
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
ONE = TWO.split("---")[0]


@pytest.fixture
def acme(fresh: Callable[[], World]) -> TestTenant:
    return fresh().acme


@pytest.fixture
def run(
    acme: TestTenant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Import:
    """Imports into acme's pool; the exit code and what the command printed as JSON."""

    def imported(*files: Any, release: str = "", stdin: bytes = b"", into: Any = None) -> Any:
        given = io.TextIOWrapper(io.BytesIO(stdin))
        monkeypatch.setattr("sys.stdin", given)
        code = 0
        capsys.readouterr()
        try:
            call_command(
                "import_kubernetes", *[str(f) for f in files], tenant=acme.slug,
                environment=str(into or acme.environments["pool"]), release=release, format="json",
            )  # fmt: skip
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        return code, json.loads(capsys.readouterr().out)

    return imported


def _here(tenant: TestTenant, read: Callable[[], Any], model: str = "pool") -> Any:
    with enter_tenant(tenant.slug, actor=OPERATOR, environment_id=tenant.environments[model]):
        return read()


def test_twelve_releases_give_twelve_versions_twelve_deployments_and_twelve_services(
    acme: TestTenant, run: Import
) -> None:
    releases = boutique_in_order()
    assert len(releases) == 12
    for release in releases:
        code, said = run(release, release=release.stem)
        assert code == 0
        assert said["notUnderstood"] == []

    def counts() -> tuple[int, ...]:
        return (
            # One more each: what the tenant had there before was made by hand, and has gone.
            RuntimeConfiguration.objects.count() - 1,
            RuntimeDeployment.objects.filter(status="Completed").count() - 1,
            RuntimeService.objects.exclude(status="Retired").count(),
            ScalingPolicy.objects.exclude(service__status="Retired").count(),
        )

    assert _here(acme, counts) == (12, 12, 12, 12)


def test_the_same_release_again_changes_nothing_and_says_so(acme: TestTenant, run: Import) -> None:
    release = boutique_in_order()[-1]
    _, first = run(release, release=release.stem)

    def everything() -> tuple[int, ...]:
        return (
            RuntimeConfiguration.objects.count(),
            RuntimeDeployment.objects.count(),
            DeploymentProduct.objects.count(),
            AuditEntry.objects.filter(tenant_id=acme.slug).count(),
        )

    before = _here(acme, everything)
    code, again = run(release, release=release.stem)
    assert code == 0
    assert again["services"] == {"created": 0, "updated": 0, "unchanged": 12, "retired": 0}
    assert again["deploymentId"] == first["deploymentId"]
    assert again["configurationId"] == first["configurationId"]
    assert _here(acme, everything) == before


def test_a_deployment_that_was_judged_elsewhere_says_so_and_its_steps_have_logs(
    acme: TestTenant, run: Import
) -> None:
    _, said = run("-", release="r1", stdin=TWO.encode())

    def looked() -> None:
        deployment = RuntimeDeployment.objects.get(id=said["deploymentId"])
        assert (deployment.gate, deployment.status) == ("external", "Completed")
        steps = list(DeploymentStep.objects.filter(deployment=deployment).order_by("position"))
        assert [s.status for s in steps] == ["Succeeded"] * 3
        assert "created api registry.test/api:1.0 x 1" in read_tail(steps[-1])

    _here(acme, looked)


def test_a_workload_that_has_gone_is_retired(acme: TestTenant, run: Import) -> None:
    run("-", release="r1", stdin=TWO.encode())
    _, said = run("-", release="r2", stdin=ONE.encode())
    assert said["services"] == {"created": 0, "updated": 0, "unchanged": 1, "retired": 1}
    live = _here(acme, lambda: list(RuntimeService.objects.exclude(status="Retired")))
    assert [service.module_id for service in live] == ["api"]


def test_several_files_are_one_release(acme: TestTenant, run: Import) -> None:
    files = sorted(published("sock-shop").glob("*.yaml"))
    code, said = run(*files, release="socks")
    assert code == 0
    assert said["services"]["created"] == 14
    [item] = said["notUnderstood"]
    assert (item["file"], item["kind"], item["name"]) == (
        "cart-hsc.yaml", "HorizontalPodAutoscaler", "cart",
    )  # fmt: skip
    bounds = _here(
        acme, lambda: set(ScalingPolicy.objects.values_list("min_replicas", "max_replicas"))
    )
    assert (1, 10) in bounds


def test_no_secret_of_a_published_system_is_stored(acme: TestTenant, run: Import) -> None:
    for state in sorted(published("aks-store").glob("*.yaml")):
        code, _ = run(state, release=state.stem)
        assert code == 0
    stored = _every_text(acme.schema("pool"))
    assert "kv://" in stored
    # Those manifests carry passwords in plain sight: as env values and in Secret objects.
    assert re.search(r'"[A-Z_]*PASS[A-Z_]*": {"secretRef": "kv://', stored)
    assert "cGFzc3dvcmQ=" not in stored
    assert not re.search(r'"--password", "[^"]', stored)
    assert not re.search(r'"[A-Za-z_]*(?:PASS|SECRET|API_KEY)[A-Za-z_]*": "[^"]', stored)


@pytest.mark.parametrize(
    ("hostile", "says"),
    [
        (BOMB, "-"),
        ("!!python/object/apply:os.system ['true']", "-"),
        ("a: " + "[" * 5000, "-"),
        ("kind: Deployment\n\x00", "-"),
    ],
    ids=["aliases that explode", "a tag that makes an object", "too deep", "a NUL"],
)  # fmt: skip
def test_hostile_input_is_refused_and_leaves_nothing(
    acme: TestTenant, run: Import, hostile: str, says: str
) -> None:
    before = _here(acme, RuntimeDeployment.objects.count)
    code, said = run("-", release="evil", stdin=hostile.encode())
    assert code == 1
    assert said["error"].startswith(says)
    assert _here(acme, RuntimeDeployment.objects.count) == before


def test_all_or_nothing(acme: TestTenant, run: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _every_text(acme.schema("pool"))

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("killed at the very end")

    monkeypatch.setattr("apps.integrations.operations.carry_to_completed", fails)
    with pytest.raises(RuntimeError):
        run("-", release="r1", stdin=TWO.encode())
    assert _every_text(acme.schema("pool")) == before


def test_anothers_environment_is_answered_like_one_that_does_not_exist(
    acme: TestTenant, run: Import, world: World
) -> None:
    theirs = run("-", stdin=TWO.encode(), into=world.globex.environments["silo"])
    nobodys = run("-", stdin=TWO.encode(), into="01890000-0000-7000-8000-000000000000")
    assert theirs == nobodys
    assert theirs[0] == 1


def test_a_suspended_binding_takes_no_release(acme: TestTenant, run: Import) -> None:
    with door.using("owner"), enter_platform(actor=OPERATOR):
        suspend_binding(acme.bindings["pool"])
    code, said = run("-", stdin=TWO.encode())
    assert code == 1
    assert "suspended" in said["error"]


def _every_text(schema: str) -> str:
    """Every row of the partition, as text, seen by the owner."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace "
            "AND relkind = 'r' ORDER BY relname",
            [schema],
        )
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{schema}"."{table}" t ORDER BY 1')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)
