"""The embedded server: who gets in, by which door, and what it survives."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from runtime_portal.launch.account import own, server_account
from runtime_portal.launch.embedded import Server
from runtime_portal.launch.problem import Problem
from runtime_portal.launch.socket_folder import socket_folder
from runtime_portal.launch.state import Credentials
from runtime_portal.launch.urls import with_login
from tests.launch.conftest import lives, wait_for

MakeServer = Callable[..., Server]


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def test_a_wrong_password_is_refused(make_server: MakeServer) -> None:
    server = make_server()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(with_login(server.url(), "postgres", "wrong"))
    with pytest.raises(psycopg.OperationalError, match="no password"):
        psycopg.connect(with_login(server.url(), "postgres", ""))


def test_every_line_of_its_door_list_asks_for_scram(make_server: MakeServer) -> None:
    server = make_server()
    query = "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules"
    assert ask(server.url(), query) == ["scram-sha-256"]
    stored = "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'postgres'"
    assert ask(server.url(), stored) is True


def test_it_listens_on_no_network(make_server: MakeServer) -> None:
    server = make_server()
    assert ask(server.url(), "SHOW listen_addresses") == ""
    assert server.process is not None
    pid = server.process.pid
    links = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    held = {link.split("[")[1][:-1] for link in links if link.startswith("socket:")}
    for table in ("tcp", "tcp6"):
        lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        assert not held & {line.split()[9] for line in lines}


def test_only_its_user_may_enter_the_socket_folder(make_server: MakeServer) -> None:
    server = make_server()
    folder = Path(str(ask(server.url(), "SHOW unix_socket_directories")).strip('"'))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == server.data.stat().st_uid


def test_a_second_start_finds_the_data(make_server: MakeServer) -> None:
    server = make_server()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    assert ask(make_server().url(), "SELECT answer FROM kept") == 42


def test_a_path_too_long_for_a_socket_gets_a_private_one_elsewhere(
    make_server: MakeServer,
) -> None:
    server = make_server("a" * 90)
    folder = Path(str(ask(server.url(), "SHOW unix_socket_directories")).strip('"'))
    assert len(str(folder)) < 90
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    server.stop()
    assert not folder.exists()


def test_somebody_elses_folder_in_the_sockets_place_is_refused(make_server: MakeServer) -> None:
    server = make_server("a" * 90)
    folder = Path(str(ask(server.url(), "SHOW unix_socket_directories")).strip('"'))
    server.stop()
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    own(folder, server_account(server.data))
    try:
        with pytest.raises(Problem, match="not a private folder"):
            make_server("a" * 90)
    finally:
        folder.rmdir()


def test_a_server_left_behind_is_stopped_and_its_data_served(make_server: MakeServer) -> None:
    first = make_server()
    assert first.process is not None
    left = first.process.pid
    second = make_server()
    assert wait_for(lambda: not lives(left) or first.process is None)
    assert ask(second.url(), "SELECT 1") == 1
    assert second.process is not None
    assert second.process.pid != left


def test_a_lock_file_that_names_some_other_process_harms_nobody(make_server: MakeServer) -> None:
    server = make_server()
    assert server.process is not None
    # Killed outright it leaves its lock file, whose number somebody else then gets.
    server.process.send_signal(signal.SIGQUIT)
    server.process.wait()
    lock = server.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.data}\n0\n5432\n")
    own(lock, server_account(server.data))
    assert ask(make_server().url(), "SELECT 1") == 1


def test_an_initialisation_that_was_cut_short_is_done_again(make_server: MakeServer) -> None:
    server = make_server()
    server.stop()
    server.data.rename(server.data.with_name("data.new"))
    (server.data.with_name("data.new") / "PG_VERSION").unlink()
    assert ask(make_server().url(), "SELECT 1") == 1


def test_data_whose_passwords_were_lost_is_kept(make_server: MakeServer, open_folder: Path) -> None:
    server = make_server()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    again = make_server(credentials=Credentials(open_folder / "other.json"))
    assert ask(again.url(), "SELECT answer FROM kept") == 42


def test_another_versions_data_is_one_line(make_server: MakeServer) -> None:
    server = make_server()
    server.stop()
    (server.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(Problem, match="is PostgreSQL 14's"):
        make_server()


def test_its_log_holds_no_values(make_server: MakeServer) -> None:
    server = make_server()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE t (secret text UNIQUE)")
        for query, values in (
            ("INSERT INTO t VALUES (%s), (%s)", ["hushhush", "hushhush"]),
            ("INSERT INTO t VALUES ('hushhush'), ('hushhush')", None),
            ("SELECT 1 / 0, %s::text", ["hushhush"]),
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(query, values)
    log = server.log.read_text()
    assert "duplicate key" in log
    assert "hushhush" not in log


def test_the_socket_folder_is_made_once(make_server: MakeServer) -> None:
    server = make_server()
    assert socket_folder(server.place) == socket_folder(server.place)
