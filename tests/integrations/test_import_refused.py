"""A freeze and a rollback's hold bind the import: refused, it changes nothing and says why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.configurations.models import RuntimeConfiguration
from apps.core import door
from apps.core.models import AuditEntry
from apps.deployments.models import RuntimeDeployment
from apps.deployments.rollback import roll_back
from apps.freezes.operations import end_freeze
from apps.services.models import RuntimeService
from apps.tenant_bindings.context import enter_tenant
from tests.freezes.windows import freeze
from tests.world import OPERATOR, TestTenant, World

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec: {template: {spec: {containers: [{name: api, image: "registry.test/api:%s"}]}}}
"""
Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def acme(fresh: Callable[[], World]) -> TestTenant:
    return fresh().acme


@pytest.fixture
def run(acme: TestTenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Imports a version of one service into acme's pool: exit code, JSON and what stderr says."""

    def imported(version: str, **more: str) -> tuple[int, dict[str, Any], str]:
        file = tmp_path / "app.yaml"
        file.write_text(MANIFEST % version)
        code = 0
        try:
            call_command(
                "import_kubernetes", str(file), tenant=acme.slug, release=f"r{version}",
                environment=str(acme.environments["pool"]), format="json", **more,
            )  # fmt: skip
        except SystemExit as stopped:
            code = int(str(stopped.code))
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return imported


def _inside(acme: TestTenant, writing: bool = True) -> Any:
    return enter_tenant(
        acme.slug, actor=OPERATOR, environment_id=acme.environments["pool"], writing=writing
    )


def _everything(acme: TestTenant) -> list[Any]:
    with _inside(acme, writing=False):
        return [
            RuntimeConfiguration.objects.count(),
            RuntimeDeployment.objects.count(),
            sorted(RuntimeService.objects.values_list("module_id", "version", "status")),
            AuditEntry.objects.filter(tenant_id=acme.slug).count(),
        ]


def _frozen(acme: TestTenant, override_role: str = "") -> Any:
    with door.using("owner"), _inside(acme):
        return freeze(override_role=override_role).id


def test_a_frozen_environment_takes_no_import(acme: TestTenant, run: Run) -> None:
    rule = _frozen(acme)
    before = _everything(acme)
    code, said, _ = run("1")
    assert code == 1
    assert "Frozen: the rule “year end”" in said["error"]
    assert _everything(acme) == before
    with door.using("owner"), _inside(acme):
        end_freeze(rule, reason="over")
    assert run("1")[0] == 0


@pytest.mark.parametrize(("role", "code"), [("tenant-admin", 1), ("platform-admin", 0)])
def test_the_shell_overrides_what_the_platforms_admins_may(
    acme: TestTenant, run: Run, role: str, code: int
) -> None:
    _frozen(acme, role)
    found, said, _ = run("1", override_freeze="the shop is down")
    assert found == code
    if code == 0:
        with _inside(acme, writing=False):
            made = RuntimeDeployment.objects.get(id=said["deploymentId"])
        assert made.freeze_override == "the shop is down"


def test_the_undone_release_is_not_imported_again(acme: TestTenant, run: Run) -> None:
    first, second = run("1")[1], run("2")[1]
    with _inside(acme):
        roll_back(
            deployment_id=second["deploymentId"], to=first["deploymentId"],
            reason="orders fail", gate="external",
        )  # type: ignore[arg-type]  # fmt: skip
    before = _everything(acme)
    code, said, _ = run("2")
    assert code == 1
    assert "r2 was undone by a rollback to r1 (orders fail)" in said["error"]
    assert _everything(acme) == before
    assert run("3")[0] == 0


def test_what_is_there_already_is_no_start(acme: TestTenant, run: Run) -> None:
    run("1")
    _frozen(acme)
    code, said, _ = run("1")
    assert (code, said["services"]["unchanged"]) == (0, 1)
