"""A run that is told to stop: its batch is finished, it says so, and the next run does the rest."""

import json
import os
import pty
import signal
import subprocess
import time
from typing import Any

from procrastinate.contrib.django import app

from apps.core import door
from apps.retention.models import RetentionRun
from apps.tenant_bindings.context import enter_platform
from apps.upkeep.models import JobRecord
from benchmarks.old_rows import fill
from tests.core.doors import on_platform
from tests.core.shell import begin, manage
from tests.retention.ages import POLICIES, SERVICES, Aged, aged
from tests.retention.certificates import bodies, leaves
from tests.retention.processes import place
from tests.tenant_bindings.test_worker import _environment
from tests.world import OPERATOR, World

# More than go while a worker is patient.
ROWS = 50_000


def _many() -> Aged:
    found = aged()
    fill(place(found), {"retired-service": ROWS}, searched=False)
    return found


def _stop_in_the_middle(found: Aged, process: "subprocess.Popen[str]", whole: int) -> str:
    """SIGTERM once the first rows have gone; what the process had to say on stdout."""
    while found.count(SERVICES) == whole:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def _stopped(found: Aged, whole: int) -> None:
    """One run, interrupted by its own word, whose certificate stands for what is not there."""
    left = found.count(SERVICES)
    assert 2 < left < whole
    assert found.count(POLICIES) == left
    assert len(leaves(found)) == whole - left
    (body,) = bodies(found)
    assert body["run"]["interrupted"] is True
    assert body["leaves"]["count"] == whole - left
    with door.using("steward"), enter_platform(actor=OPERATOR):
        run = RetentionRun.objects.get(id=body["run"]["runId"])
    assert run.status == "Interrupted"
    assert run.note.endswith("told to stop; the next run does the rest")


def test_a_run_at_the_shell_finishes_its_batch_and_ends(committed: None) -> None:
    found = _many()
    whole = found.count(SERVICES)
    process = begin("run_retention", "--tenant", found.slug, "--format", "json")
    told = json.loads(_stop_in_the_middle(found, process, whole))
    assert (told["stopped"], told["endedForTime"]) == (True, False)
    (entry,) = (one for one in told["entries"] if one["purged"])
    assert entry["purged"] == whole - found.count(SERVICES)
    assert entry["failed"] == ""
    _stopped(found, whole)
    rest = manage("run_retention", "--tenant", found.slug, "--format", "json")
    assert (rest.code, rest.json["stopped"]) == (0, False)
    assert found.count(SERVICES) == found.count(POLICIES) == 2


def test_a_worker_that_is_told_to_stop_waits_for_the_batch_alone(
    world: World, committed: None
) -> None:
    found = _many()
    whole = found.count(SERVICES)
    with door.using("owner"):
        app.configure_task("run_retention", queue="upkeep").defer(timestamp=0)
    process = begin("runtime_inventory_worker", "--format", "json", env=_environment())
    assert json.loads(_stop_in_the_middle(found, process, whole)) == {"stopped": True}
    _stopped(found, whole)
    with on_platform(world):
        record = JobRecord.objects.get(name="run_retention")
    assert (record.state, record.failure) == ("Succeeded", "")
    assert record.result.startswith("told to stop, the next run does the rest: ")


def test_on_a_terminal_a_bar_is_shown_and_json_stands_alone_on_stdout(committed: None) -> None:
    found = aged()
    fill(place(found), {"retired-service": 1_000}, searched=False)
    ours, theirs = pty.openpty()
    process = begin("run_retention", "--tenant", found.slug, "--format", "json", stderr=theirs)
    os.close(theirs)
    out, _ = process.communicate(timeout=60)
    shown = _read(ours)
    assert process.returncode == 0, shown
    assert json.loads(out)["entries"][0]["purged"] == 1_000
    assert f"of {found.slug} retired-service" in shown
    assert "%" in shown
    # The line is cleared: nothing of it stays on the terminal.
    assert shown.endswith("\r\x1b[K")


def test_where_nobody_watches_stderr_stays_empty(committed: None) -> None:
    found = aged()
    fill(place(found), {"retired-service": 1_000}, searched=False)
    process = begin("run_retention", "--tenant", found.slug, "--format", "json")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["stopped"] is False


def _read(terminal: Any) -> str:
    """All that was written there; the end of the other side is an error to read on from."""
    found = b""
    try:
        while part := os.read(terminal, 65536):
            found += part
    except OSError:
        pass
    finally:
        os.close(terminal)
    return found.decode()
