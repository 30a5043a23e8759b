"""`detect_drift` at the shell: what it prints, and the code that it ends with."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.drift_findings.models import DriftCheck, RuntimeDriftFinding
from apps.drift_findings.operations import acknowledge_finding, create_ignore_rule
from tests.core.doors import inside
from tests.core.shell import Ended, manage
from tests.drift_findings.seen import IN_LINE, in_days, seen
from tests.world import TestTenant, World


@pytest.fixture
def acme(fresh: Callable[[], World]) -> TestTenant:
    return fresh().acme


def detect(acme: TestTenant, *files: Path | str, environment: object = None) -> Ended:
    here = environment or acme.environments["pool"]
    return manage(
        "detect_drift", "--tenant", acme.slug, "--environment", here, "--format", "json",
        "--observed", *files,
    )  # fmt: skip


@pytest.fixture
def in_line(tmp_path: Path) -> Path:
    return _written(tmp_path / "in-line.json")


def _written(path: Path, **changes: tuple[str, int]) -> Path:
    path.write_bytes(seen({**IN_LINE, **changes}).data)
    return path


def test_what_is_open_is_printed_and_ends_with_1(acme: TestTenant, tmp_path: Path) -> None:
    ended = detect(acme, _written(tmp_path / "a.json", web=("registry.test/web:2.0", 3)))
    assert ended.code == 1
    assert set(ended.json) == {"checkedAt", "findings"}
    by_status = {f["status"]: f for f in ended.json["findings"]}
    found = by_status["Open"]
    assert {name: found[name] for name in ("kind", "moduleId", "path", "severity")} == {
        "kind": "image", "moduleId": "web", "path": "/services/web/image", "severity": "critical",
    }  # fmt: skip
    assert (found["desired"], found["observed"]) == (
        "registry.test/web:1.0", "registry.test/web:2.0",
    )  # fmt: skip
    assert found["serviceId"] == str(acme.services["pool"]["web"])
    # The world's own finding, which is in line now.
    assert by_status["Resolved"]["resolution"] == "by-itself"


def test_what_is_in_line_ends_with_0_and_shows_what_was_resolved(
    acme: TestTenant, in_line: Path
) -> None:
    ended = detect(acme, in_line)
    assert ended.code == 0
    assert [f["status"] for f in ended.json["findings"]] == ["Resolved"]
    again = detect(acme, in_line)
    assert (again.code, again.json["findings"]) == (0, [])


def test_what_is_acknowledged_or_hidden_is_printed_and_ends_with_0(
    acme: TestTenant, tmp_path: Path
) -> None:
    drifted = _written(tmp_path / "a.json", web=("registry.test/web:2.0", 9))
    assert detect(acme, drifted).code == 1
    with inside(acme):
        for finding in RuntimeDriftFinding.objects.filter(
            kind="image", environment_id=acme.environments["pool"]
        ):
            acknowledge_finding(finding.id, reason="known")
        create_ignore_rule(kind="replicas", reason="by hand", expires_at=in_days(1))
    ended = detect(acme, drifted)
    assert ended.code == 0
    assert {(f["kind"], f["status"], bool(f["hiddenBy"])) for f in ended.json["findings"]} == {
        ("image", "Acknowledged", False), ("replicas", "Open", True),
    }  # fmt: skip


def test_standard_input_is_read(acme: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(seen(IN_LINE).data))
    monkeypatch.setattr("sys.stdin", given)
    assert detect(acme, "-").code == 0


def test_several_files_are_one_observation(acme: TestTenant, tmp_path: Path) -> None:
    for name, workload in IN_LINE.items():
        (tmp_path / f"{name}.json").write_bytes(seen({name: workload}).data)
    assert detect(acme, *sorted(tmp_path.glob("*.json"))).code == 0


def test_what_cannot_be_read_ends_with_1_and_its_check_is_on_record(
    acme: TestTenant, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("a: [")
    ended = detect(acme, tmp_path / "broken.yaml")
    assert ended.code == 1
    assert ended.json["error"].startswith("broken.yaml, document 1: it is not YAML")
    with inside(acme, writing=False):
        newest = DriftCheck.objects.filter(environment_id=acme.environments["pool"]).latest("id")
        assert newest.outcome == "Failed"


def test_wrong_usage_ends_with_2(acme: TestTenant, tmp_path: Path, in_line: Path) -> None:
    assert detect(acme, tmp_path / "absent.yaml").code == 2
    assert detect(acme, in_line, environment="not-an-id").code == 2
    assert detect(acme).code == 2


def test_anothers_environment_is_answered_like_none(
    acme: TestTenant, in_line: Path, world: World
) -> None:
    theirs = detect(acme, in_line, environment=world.globex.environments["silo"])
    nowhere = detect(acme, in_line, environment="01890000-0000-7000-8000-000000000000")
    assert (theirs.code, theirs.out) == (1, nowhere.out)


def test_people_read_it_too(acme: TestTenant, tmp_path: Path) -> None:
    drifted = _written(tmp_path / "a.json", web=("registry.test/web:2.0", 3))
    ended = manage(
        "detect_drift", "--tenant", acme.slug, "--environment", acme.environments["pool"],
        "--observed", drifted,
    )  # fmt: skip
    assert ended.code == 1
    assert 'critical: /services/web/image: Open: expected "registry.test/web:1.0"' in ended.out
    assert "resolved: /services/web/replicas" in ended.out
