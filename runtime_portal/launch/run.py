"""`make run`, in the order in which things are needed."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from runtime_portal.launch.account import server_account
from runtime_portal.launch.commands import ROOT, Commands, environments, portal_commands
from runtime_portal.launch.embedded import Server
from runtime_portal.launch.given import use_given_server
from runtime_portal.launch.parent import Parent
from runtime_portal.launch.place import find_place
from runtime_portal.launch.problem import Problem, say
from runtime_portal.launch.processes import Stopped, ignore_signals, start, stop, stop_on_signals
from runtime_portal.launch.roles import Database, make_roles
from runtime_portal.launch.settings import Settings, read_settings
from runtime_portal.launch.shell import offer
from runtime_portal.launch.state import Credentials, hold, last_lines, open_log, prepare_state
from runtime_portal.launch.supervise import supervise
from runtime_portal.launch.urls import forget_libpq


def run(
    environ: Mapping[str, str],
    *,
    commands: Callable[[Settings], Commands] = portal_commands,
    until_parent_ends: bool = False,
) -> int:
    """Serve until a signal asks us to stop (0) or something dies (Problem); leaves nothing behind.

    Changes nothing and starts nothing before the settings were found sound.
    """
    settings = read_settings(environ)
    parent = Parent() if until_parent_ends else None
    stop_on_signals()
    try:
        with ExitStack() as stack:
            _serve(settings, environ, commands(settings), parent, stack)
    except Stopped:
        pass
    say("Stopped.")
    return 0


def _serve(
    settings: Settings,
    environ: Mapping[str, str],
    commands: Commands,
    parent: Parent | None,
    stack: ExitStack,
) -> None:
    _refuse_taken_port(settings.port)
    began = time.monotonic()
    database = _database(settings, stack)
    stored = Credentials(settings.state / "credentials.json")
    secret_key = settings.secret_key or stored.secret_key()
    signing_key = settings.signing_key or stored.signing_key()
    env = environments(environ, settings, database, secret_key, signing_key)
    stack.callback(offer(settings.state, env.all).unlink, missing_ok=True)
    _upgrade(settings, commands, env.all)
    supervise(settings, commands, env, began, parent, stack)


def _database(settings: Settings, stack: ExitStack) -> Database:
    embedded = settings.owner_url is None
    account = server_account(settings.state / "postgres" / "data") if embedded else None
    prepare_state(settings.state, account.gid if account else None)
    stack.callback(os.close, hold(settings.state))
    credentials = Credentials(settings.state / "credentials.json")
    if not embedded:
        return use_given_server(settings, credentials)
    forget_libpq()
    server = Server(find_place(settings.state, account), credentials)
    stack.callback(server.stop)
    stack.callback(ignore_signals)
    server.start()
    return make_roles(server, credentials)


def _refuse_taken_port(port: int) -> None:
    # The last moments of a web that was just stopped are waited out.
    for attempt in range(15):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return
            except PermissionError:
                raise Problem(f"PORT: {port} is for root alone; set one above 1023") from None
            except OSError:
                if attempt == 14:
                    raise Problem(f"PORT: {port} is taken; set another one") from None
        time.sleep(0.1)


def _upgrade(settings: Settings, commands: Commands, env: Mapping[str, str]) -> None:
    """Bring the schema up to date. What it made is shown; its complaints go to its log."""
    path = settings.state / "logs" / "upgrade.log"
    log = open_log(path)
    try:
        child = start(commands.upgrade, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
    finally:
        os.close(log)
    last = ""
    try:
        for line in child.stdout or ():
            text = line.decode(errors="replace").rstrip()
            say(text)
            last = text or last
        code = child.wait()
    finally:
        stop([child])
    if code != 0:
        reason = (last_lines(path, 1) or [last or "it said nothing"])[-1]
        raise Problem(f"the database could not be brought up to date: {reason} (see {path})")
