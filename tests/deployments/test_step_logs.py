"""Step logs are written once, beside the database, in a place that no client names."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import storages

from apps.core.access import Role
from apps.core.errors import Forbidden, Invalid, NotFound, Refused
from apps.deployments import logs
from apps.deployments.log_pages import WINDOW
from apps.deployments.logs import chunks, log_path, write_step_log
from apps.deployments.models import DeploymentStep
from apps.deployments.operations import request_deployment, steps_of
from apps.services.operations import ServiceSpec, create_services
from tests.core.doors import in_new_environment, inside, new_environment
from tests.deployments.tails import read_tail
from tests.world import World


@pytest.fixture
def step(world: World, rolled_back: None) -> Iterator[DeploymentStep]:
    with in_new_environment(world):
        yield steps_of(request_deployment(release_ref="r1"))[0]


def _place(step: DeploymentStep) -> Path:
    return Path(storages["step_logs"].path(log_path(step)))


def test_a_log_is_found_by_tenant_environment_deployment_and_step(step: DeploymentStep) -> None:
    write_step_log(step, b"done\n")
    step.refresh_from_db()
    assert step.log_path == f"acme/{step.environment_id}/{step.deployment_id}/{step.id}.log"
    assert _place(step).read_bytes() == b"done\n"
    assert _place(step).is_relative_to(Path(settings.STATE_DIR) / "step-logs")
    assert _place(step).stat().st_mode & 0o777 == 0o600
    assert (step.log_bytes, step.log_sha256) == (5, hashlib.sha256(b"done\n").hexdigest())


def test_an_empty_log_is_a_log(step: DeploymentStep) -> None:
    write_step_log(step, b"")
    step.refresh_from_db()
    assert (step.log_bytes, step.log_sha256) == (0, hashlib.sha256(b"").hexdigest())
    assert read_tail(step) == []


def test_a_log_is_written_once(step: DeploymentStep) -> None:
    stale = DeploymentStep.objects.get(id=step.id)
    write_step_log(step, b"first\n")
    for again in (step, stale, DeploymentStep.objects.get(id=step.id)):
        with pytest.raises(Refused):
            write_step_log(again, b"second\n")
    assert [path.name for path in _place(step).parent.iterdir()] == [f"{step.id}.log"]
    assert _place(step).read_bytes() == b"first\n"


def test_a_blob_that_is_there_already_is_not_overwritten(step: DeploymentStep) -> None:
    _place(step).parent.mkdir(parents=True)
    _place(step).write_bytes(b"orphan\n")
    with pytest.raises(Refused, match="there already"):
        write_step_log(step, b"mine\n")
    assert [path.read_bytes() for path in _place(step).parent.iterdir()] == [b"orphan\n"]
    assert DeploymentStep.objects.get(id=step.id).log_path == ""


def test_a_log_that_is_too_large_is_refused(
    step: DeploymentStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 10)
    write_step_log(step, b"x" * 10)
    with pytest.raises(Invalid) as refusal:
        write_step_log(DeploymentStep(id=step.id), b"x" * 11)
    assert list(refusal.value.fields) == ["log"]


def test_who_may_only_read_writes_no_log(world: World, rolled_back: None) -> None:
    environment = new_environment(world)
    with inside(world.acme, environment_id=environment):
        step = steps_of(request_deployment(release_ref="r1"))[0]
    with inside(world.acme, environment_id=environment, role=Role.TENANT_VIEWER):
        with pytest.raises(Forbidden):
            write_step_log(step, b"x")
        assert read_tail(step) == []
    assert not _place(step).exists()


def test_of_a_large_log_the_last_500_lines_are_read(step: DeploymentStep) -> None:
    lines = [f"line {n} {'x' * 90}" for n in range(50_000)]
    write_step_log(step, "\n".join(lines).encode())
    assert step.log_bytes is not None and step.log_bytes > 5_000_000
    assert read_tail(step) == lines[-500:]


def test_of_long_lines_a_window_is_read_and_no_line_is_cut(step: DeploymentStep) -> None:
    lines = [f"{n} " + "é" * 1000 for n in range(600)]
    write_step_log(step, "\n".join(lines).encode())
    found = read_tail(step)
    assert 100 < len(found) < 500
    assert found == lines[-len(found) :]


def test_of_one_line_longer_than_the_window_its_end_is_read(step: DeploymentStep) -> None:
    write_step_log(step, b"x" * 400_000 + b"the end")
    (line,) = read_tail(step)
    assert line.endswith("the end")
    assert len(line) <= WINDOW


@pytest.mark.parametrize("content", [b"a\nb", b"a\nb\n", b"a\r\nb\r\n"])
def test_a_small_log_is_read_whole(step: DeploymentStep, content: bytes) -> None:
    write_step_log(step, content)
    assert read_tail(step) == ["a", "b"]
    assert b"".join(chunks(step)) == content


def test_what_is_no_text_is_read_all_the_same(step: DeploymentStep) -> None:
    write_step_log(step, b"\xff\xfe\n\x00ok")
    assert read_tail(step)[-1] == "\ufffdok"


def test_a_log_that_has_gone_is_not_found(step: DeploymentStep) -> None:
    write_step_log(step, b"done\n")
    _place(step).unlink()
    with pytest.raises(NotFound):
        read_tail(step)
    with pytest.raises(NotFound):
        b"".join(chunks(step))


def test_a_step_without_a_log_has_no_line_and_no_download(step: DeploymentStep) -> None:
    assert read_tail(step) == []
    with pytest.raises(NotFound):
        b"".join(chunks(step))


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "a/b", "..", "%2e%2e", "a\\..\\b"])
def test_no_name_that_a_client_gives_leads_out_of_the_place(
    world: World, rolled_back: None, name: str
) -> None:
    with in_new_environment(world):
        made = create_services([ServiceSpec(name, f"registry.test/{name}", name, 1)])[0]
        (step,) = DeploymentStep.objects.filter(deployment_id=made.deployment_id)
        parts = Path(step.log_path).parts
        assert parts == (
            "acme",
            str(step.environment_id),
            str(made.deployment_id),
            f"{step.id}.log",
        )
        assert _place(step).is_file()
        other = steps_of(request_deployment(release_ref=name, steps=[name]))[0]
        write_step_log(other, b"x")
        assert name not in other.log_path
