"""A custody export: what a hold covers and nothing else, signed, and told in both chains."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from apps.core.access import Role
from apps.core.walls.classes import CLASSES
from apps.retention import custody
from apps.retention.custody import covered
from apps.retention.operations import place_hold
from tests.core.doors import on_platform
from tests.core.shell import Ended, manage
from tests.isolation.changes import release
from tests.isolation.logins import connect, rows
from tests.retention.ages import (
    CONFIGURATIONS,
    DEPLOYMENTS,
    FINDINGS,
    HEALTH,
    POLICIES,
    PRODUCTS,
    SERVICES,
    STEPS,
    Aged,
    aged,
)
from tests.retention.certificates import key
from tests.retention.ended_rows import CHECKS, RULES
from tests.world import World


def _held(world: World, found: Aged, *classes: str, environment: Any = None) -> int:
    with on_platform(world, Role.GOVERNANCE_OFFICER):
        return place_hold(
            tenant_id=found.slug, matter="m", reason="r", data_classes=list(classes),
            environment_id=environment,
        ).number  # fmt: skip


def _export(found: Aged, number: int, output: Path) -> Ended:
    return manage(
        "export_custody", "--tenant", found.slug, "--hold", number, "--reason", "the court asks",
        "--output", output, "--format", "json",
    )  # fmt: skip


def _verify(output: Path, public: str = "") -> Ended:
    return manage("verify_custody", output, "--key", public or key(), "--format", "json")


def _read(output: Path) -> dict[str, list[dict[str, Any]]]:
    with tarfile.open(output) as archive:
        return {
            member.name: [json.loads(line) for line in archive.extractfile(member) or ()]
            for member in archive
        }


def test_a_hold_covers_what_it_takes_to_read_its_rows() -> None:
    assert covered(["health-result"]) == sorted(
        [HEALTH, SERVICES, POLICIES, DEPLOYMENTS, STEPS, PRODUCTS, CONFIGURATIONS,
         "drift_findings_driftcoverage"]
    )  # fmt: skip
    assert covered(["configuration-version"]) == [CONFIGURATIONS]
    assert {FINDINGS, CHECKS, RULES, SERVICES} <= set(covered(["drift-finding"]))
    assert {STEPS, DEPLOYMENTS, CONFIGURATIONS} <= set(covered(["step-log"]))
    assert {"people_membership", CHECKS} <= set(covered(["ended"]))
    assert all(covered([name]) for name in CLASSES)


def test_the_archive_has_the_tenants_rows_alone_after_a_release_too(
    world: World, committed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custody, "AT_ONCE", 2)  # so that there are batches
    found, other = aged("shared"), aged("shared")
    found.release_anew(3)
    other.release_anew(1)
    number = _held(world, found, "step-log", "ended")
    release(found.tenant.bindings[found.model])
    output = tmp_path / "held.tar"
    ended = _export(found, number, output)
    assert ended.code == 0, ended.err
    files = _read(output)
    steps = files[f"shared/{STEPS}.jsonl"]
    assert len(steps) == found.count(STEPS) >= 3
    assert {
        row["tenant_id"] for name in files if name != "manifest.json" for row in files[name]
    } == {found.slug}
    assert any(len(step["log_sha256"]) == 64 and step["log_path"] for step in steps)
    assert len(files[f"shared/{CONFIGURATIONS}.jsonl"]) == found.count(CONFIGURATIONS)
    assert not any("token_hash" in row for name in files for row in files[name])
    checked = _verify(output)
    assert (checked.code, checked.json["ok"], checked.json["tenantId"]) == (0, True, found.slug)
    assert {chain["chain"] for chain in checked.json["chains"]} == {"shared", "public"}
    with connect("owner") as owner:
        told = rows(
            owner,
            "SELECT tenant_id FROM core_auditentry WHERE action = 'custody.exported' "
            "AND object_id = %s",
            [ended.json["custodyExportId"]],
        )
    assert sorted(tenant for (tenant,) in told) == sorted([found.slug, "platform"])


def test_a_hold_of_another_environment_or_tenant_brings_nothing(
    world: World, committed: None, tmp_path: Path
) -> None:
    found, other = aged("shared"), aged("shared")
    number = _held(world, found, "health-result", environment=found.environment)
    output = tmp_path / "held.tar"
    assert _export(found, number, output).code == 0
    assert {row["environment_id"] for row in _read(output)[f"shared/{HEALTH}.jsonl"]} == {
        str(found.environment)
    }
    assert _export(other, number, tmp_path / "other.tar").code == 1
    assert _export(found, number, output).code == 1, "what is there stays"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["held.tar"]


def test_any_byte_that_differs_is_told(world: World, committed: None, tmp_path: Path) -> None:
    found = aged("shared")
    output = tmp_path / "held.tar"
    number = _held(world, found, "retired-service")
    assert _export(found, number, output).code == 0
    whole = output.read_bytes()
    assert _verify(output, "0" * 64).code == 1
    bad = tmp_path / "bad.tar"
    for old, new in ((b"cart:1.0", b"cart:9.0"), (found.slug.encode(), b"x" * len(found.slug)),
                     (b'"lines":', b'"liness":'[:8])):  # fmt: skip
        assert old in whole
        bad.write_bytes(whole.replace(old, new) if old != new else whole[:-20_000])
        assert _verify(bad).code == 1
    with tarfile.open(output) as old_archive, tarfile.open(bad, "w") as archive:
        for member in list(old_archive)[1:]:
            archive.addfile(member, old_archive.extractfile(member))
    assert _verify(bad).code == 1, "a file is missing"
    assert _verify(output).code == 0
