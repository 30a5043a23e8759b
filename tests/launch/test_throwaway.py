"""The server of a test run: any number at once, and nothing left of any."""

from __future__ import annotations

from pathlib import Path

import psycopg

from runtime_portal.launch.throwaway import Throwaway


def test_two_runs_at_once_do_not_meet_and_leave_nothing(tmp_path: Path) -> None:
    one, other = Throwaway(tmp_path), Throwaway(tmp_path)
    try:
        assert one.server.url() != other.server.url()
        for run in (one, other):
            with psycopg.connect(run.database.owner_url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE test_portal")
            assert Path(run.environment()["STATE_DIR"]).is_dir()
    finally:
        one.close()
        other.close()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "run-killed"
    (left / "server" / "postgres").mkdir(parents=True)
    Throwaway(tmp_path).close()
    assert not left.exists()
