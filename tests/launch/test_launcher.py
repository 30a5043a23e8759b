"""The whole launcher, with small programs in place of the portal's, as root and as nobody."""

from __future__ import annotations

import os
import signal
import socket
import stat
import time
from pathlib import Path

import pytest

from tests.launch.conftest import Launcher, free_port, lives, wait_for


def test_it_becomes_ready_and_says_where_and_for_whom(launcher: Launcher) -> None:
    launcher.start_ready()
    output = launcher.output()
    assert f"http://127.0.0.1:{launcher.port}/" in output
    assert "made the demo" in output
    assert "ada@acme.test" in output
    assert "Ctrl-C stops everything." in output


def test_the_web_is_told_of_no_login_but_its_own(launcher: Launcher) -> None:
    launcher.start_ready(STEWARD_AZURE_STORAGE_CONNECTION_STRING="key", PGPASSWORD="other")
    web, worker = launcher.told("web")["env"], launcher.told("worker")["env"]
    withheld = {"DATABASE_OWNER_URL", "DATABASE_STEWARD_URL"}
    withheld |= {"STEWARD_AZURE_STORAGE_CONNECTION_STRING", "PGPASSWORD"}
    assert not withheld & set(web)
    passwords = [worker[name].split(":")[2].split("@")[0] for name in sorted(withheld)[:2]]
    assert not any(password in str(web) for password in passwords)
    assert web["DATABASE_URL"] == worker["DATABASE_URL"]
    assert web["RUNTIME_ROLE"] == "portal_runtime"
    assert web["DEBUG"] == "0"
    assert web["ALLOWED_HOSTS"] == "127.0.0.1,localhost,[::1]"
    assert len(web["SECRET_KEY"]) >= 50
    assert "CERTIFICATE_SIGNING_KEY" not in web
    assert len(bytes.fromhex(worker["CERTIFICATE_SIGNING_KEY"])) == 32


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_it_started(launcher: Launcher, asked: signal.Signals) -> None:
    process = launcher.start_ready()
    children = launcher.processes()
    assert all(lives(pid) for pid in children.values())
    began = time.monotonic()
    process.send_signal(asked)
    assert process.wait(timeout=20) == 0
    assert time.monotonic() - began < 5
    assert not any(lives(pid) for pid in children.values())
    assert launcher.output().rstrip().endswith("Stopped.")


def test_the_webs_processes_count_in_a_directory_that_each_start_empties(
    launcher: Launcher,
) -> None:
    process = launcher.start_ready()
    shared = Path(launcher.told("web")["env"]["PROMETHEUS_MULTIPROC_DIR"])
    assert stat.S_IMODE(shared.stat().st_mode) == 0o700
    (shared / "counter_1.db").touch()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    launcher.start_ready()
    assert list(shared.iterdir()) == []
    assert "PROMETHEUS_MULTIPROC_DIR" not in launcher.told("worker")["env"]


def test_a_worker_that_does_not_listen_is_killed(launcher: Launcher) -> None:
    if launcher.account:
        pytest.skip("ten seconds once are enough")
    process = launcher.start_ready(STUBS="upgrade,web,worker-deaf")
    worker = int(launcher.told("worker-deaf")["pid"])
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert not lives(worker)


def test_a_launcher_that_is_killed_leaves_nothing_and_the_next_one_starts(
    launcher: Launcher,
) -> None:
    process = launcher.start_ready()
    children = launcher.processes()
    process.kill()
    process.wait()
    launcher.start_ready()
    assert wait_for(lambda: not any(lives(pid) for pid in children.values()))


def test_a_second_start_is_quick_and_loses_nothing(launcher: Launcher) -> None:
    process = launcher.start_ready()
    first, signing = launcher.told("web")["env"], launcher.told("worker")["env"]
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    launcher.port = free_port()
    began = time.monotonic()
    launcher.start_ready()
    assert time.monotonic() - began < 5
    second = launcher.told("web")["env"]
    assert second["PORT"] == str(launcher.port)
    assert second["DATABASE_URL"] == first["DATABASE_URL"]
    assert second["SECRET_KEY"] == first["SECRET_KEY"]
    key = "CERTIFICATE_SIGNING_KEY"
    assert launcher.told("worker")["env"][key] == signing[key]


def test_what_it_keeps_is_for_its_owner_alone(launcher: Launcher) -> None:
    launcher.start_ready()
    assert stat.S_IMODE((launcher.state / "credentials.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((launcher.state / "logs").stat().st_mode) == 0o700
    # Root's stand-in passes through; others do neither that nor read.
    assert stat.S_IMODE(launcher.state.stat().st_mode) in (0o700, 0o710)


def test_a_taken_port_is_one_line_and_nothing_starts(launcher: Launcher) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", launcher.port))
        taken.listen()
        output, code = launcher.refusal()
    assert (output, code) == (f"PORT: {launcher.port} is taken; set another one\n", 1)
    assert not launcher.state.exists()


def test_a_state_in_use_is_one_line_and_the_first_goes_on(launcher: Launcher) -> None:
    first = launcher.start_ready()
    children = launcher.processes()
    output, code = launcher.refusal(PORT=str(free_port()))
    assert code == 1
    assert f"in use by another `make run` (process {first.pid})" in output
    assert output.count("\n") == 1
    assert all(lives(pid) for pid in children.values())


def test_a_state_folder_that_cannot_be_written_is_one_line(launcher: Launcher) -> None:
    if launcher.account or os.geteuid() != 0:
        launcher.state.mkdir(mode=0o500)
        launcher.state.chmod(0o500)
        if launcher.account:
            os.chown(launcher.state, launcher.account.uid, launcher.account.gid)
    else:
        launcher.state.write_text("a file in its place")
    output, code = launcher.refusal()
    assert code == 1
    assert output.startswith(f"STATE_DIR: cannot write to {launcher.state}: ")
    assert output.count("\n") == 1


def test_a_broken_url_is_one_line_without_the_password(launcher: Launcher) -> None:
    output, code = launcher.refusal(DATABASE_OWNER_URL="postgresql://u:pass%zz@host/db")
    assert code == 2
    assert output.startswith("DATABASE_OWNER_URL: ")
    assert "pass" not in output.replace("password", "")
    assert output.count("\n") == 1
    assert not launcher.state.exists()


def test_an_upgrade_that_fails_stops_all_with_its_last_line(launcher: Launcher) -> None:
    output, code = launcher.refusal(STUBS="upgrade-fails,web,worker")
    assert code == 1
    assert "migration 0007 is not understood" in output
    assert output.count("\n") == 1
    assert not (launcher.state / "web.json").exists()
    assert not (launcher.state / "postgres" / "data" / "postmaster.pid").exists()


def test_a_web_that_dies_stops_all_and_its_last_lines_are_shown(launcher: Launcher) -> None:
    output, code = launcher.refusal(STUBS="upgrade,web-dies,worker")
    assert code == 1
    assert "settings are wrong, so this ends" in output
    assert "the web process ended by itself" in output
    assert not lives(int(launcher.told("worker")["pid"]))
    assert not (launcher.state / "postgres" / "data" / "postmaster.pid").exists()


def test_a_worker_that_dies_is_started_again_but_not_at_once(launcher: Launcher) -> None:
    launcher.start_ready(STUBS="upgrade,web,worker-dies")
    launcher.told("worker-dies")
    starts = launcher.state / "worker-dies.starts"
    assert wait_for(lambda: starts.read_text().count("started") == 2, seconds=10)
    time.sleep(1)
    assert starts.read_text().count("started") == 2
    assert "The worker ended by itself and is started again" in launcher.output()
