import os
from pathlib import Path

import pytest

from runtime_portal.launch.shell import offer, take

ENV = {"DATABASE_URL": "postgresql://runtime@/portal", "SECRET_KEY": "k", "HOME": "/nowhere"}


def test_a_command_beside_a_running_portal_finds_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = offer(tmp_path, ENV)
    take(tmp_path)

    assert os.environ["DATABASE_URL"] == ENV["DATABASE_URL"]
    assert os.environ["HOME"] != "/nowhere"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_database_that_is_named_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine@/other")
    offer(tmp_path, ENV)
    take(tmp_path)

    assert os.environ["DATABASE_URL"] == "postgresql://mine@/other"
