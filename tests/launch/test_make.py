"""The Makefile's promises about the virtual environment, tried beside the checkout."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launch.conftest import ROOT, Launcher, lives, wait_for

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """With a space in its name, and requirements that are quickly met."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements.txt").touch()
    return folder


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    # These tests may themselves run under make, which would speak of its own level.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        command, cwd=checkout, env=env, capture_output=True, text=True, check=False
    )


def test_an_interrupted_installation_is_begun_anew(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    (checkout / ".venv" / ".runtime").touch()
    python = f"PYTHON={sys.executable}"
    first = make(checkout, ".venv/.runtime", python)
    assert first.returncode == 0, first.stderr
    assert "Making the virtual environment" in first.stdout
    assert not (checkout / ".venv" / ".unfinished").exists()
    second = make(checkout, ".venv/.runtime", python)
    assert "Making" not in second.stdout
    (checkout / ".venv" / ".runtime").unlink()
    (checkout / ".venv" / ".unfinished").touch()
    assert "Making the virtual environment" in make(checkout, ".venv/.runtime", python).stdout


def test_a_python_that_is_too_old_is_one_clear_line(checkout: Path) -> None:
    old = checkout / "old python"
    old.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 9, 2)\n'
        'exec(sys.argv[1])" "$2"\n'
    )
    old.chmod(0o755)
    said = make(checkout, "run", f"PYTHON={old}")
    assert said.returncode != 0
    lines = [line for line in said.stderr.splitlines() if not line.startswith("make:")]
    assert len(lines) == 1
    assert lines[0].startswith("Python 3.11 or newer is needed, and ")
    assert "is 3.9" in lines[0]
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_absent_is_one_clear_line(checkout: Path) -> None:
    said = make(checkout, "run", "PYTHON=/nowhere/python3")
    lines = [line for line in said.stderr.splitlines() if not line.startswith("make:")]
    assert len(lines) == 1
    assert '"/nowhere/python3" does not start' in lines[0]


def test_help_is_what_make_alone_says(checkout: Path) -> None:
    said = make(checkout)
    assert said.returncode == 0
    assert "make run" in said.stdout


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_make_that_is_stopped_alone_takes_everything_along(
    launcher: Launcher, asked: signal.Signals
) -> None:
    if launcher.account:
        pytest.skip("once is enough")
    makefile = launcher.folder / "Makefile"
    makefile.write_text(f'run:\n\t@exec "{sys.executable}" -m tests.launch.driver\n')
    process = launcher.start_ready("make", "-f", str(makefile), "run")
    children = launcher.processes()
    process.send_signal(asked)
    process.wait(timeout=20)
    assert wait_for(lambda: not any(lives(pid) for pid in children.values()))
