"""The embedded server's data: made whole or not at all, and never given up for a lost password."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from pathlib import Path

from runtime_portal.launch.account import own, run_as
from runtime_portal.launch.place import PACKAGE, Place
from runtime_portal.launch.problem import Problem

SUPERUSER = "postgres"
# None of ours: it holds secrets, and PG* would speak to the server.
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


def make_cluster(place: Place, data: Path, password: str, *, sync: bool) -> None:
    """Everybody, from the first start on, needs a password. Raises Problem."""
    fresh, secret = data.with_name("data.new"), data.with_name("password")
    shutil.rmtree(fresh, ignore_errors=True)
    secret.unlink(missing_ok=True)
    # A file, not a pipe: what root opened its stand-in may not open again.
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    own(secret, place.account)
    command: list[str | Path] = [place.binaries / "initdb"]
    command += [f"--pgdata={fresh}", f"--username={SUPERUSER}", f"--pwfile={secret}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    command += [] if sync else ["--no-sync"]
    try:
        done = run_as(place.account, command, env=ENVIRONMENT)
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode != 0:
        lines = done.stderr.splitlines()
        errors = [line for line in lines if "error" in line or "FATAL" in line]
        reason = (errors or lines or ["no reason given"])[0]
        raise Problem(f"the database could not be made in {data}: {reason}")
    # Made beside and renamed: half a cluster is never found.
    fresh.rename(data)


def refuse_other_version(data: Path) -> None:
    """Raises Problem where another major version's server made the data."""
    ours = importlib.metadata.version(PACKAGE).split(".")[0]
    theirs = (data / "PG_VERSION").read_text().strip()
    if ours != theirs:
        raise Problem(
            f"the data in {data} is PostgreSQL {theirs}'s and {ours} cannot read it;"
            " dump it with that version, or set another STATE_DIR"
        )


def reset_superuser(place: Place, data: Path, password: str) -> None:
    """Set the password with no server running: whoever owns the data may."""
    run_as(
        place.account,
        [place.binaries / "postgres", "--single", "-D", data, "postgres"],
        env=ENVIRONMENT,
        stdin=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n",
    )
