"""The database of a test run: `-p tests.server` makes it before Django reads its settings.

Where DATABASE_OWNER_URL is set, that server is used as it is. Otherwise an embedded one is made for
this run alone, and removed at its end; pytest-xdist's workers inherit the controller's.

`python -m tests.server COMMAND…` runs any command beside such a server (`make check` does).
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime_portal.launch.problem import Problem
from runtime_portal.launch.throwaway import Throwaway

GIVEN = ("DATABASE_URL", "DATABASE_STEWARD_URL", "OWNER_ROLE", "RUNTIME_ROLE", "STEWARD_ROLE")
SUPERUSER = "PORTAL_TEST_SUPERUSER_URL"


def superuser_url() -> str | None:
    """For what none of the three logins may do; None on a server that was given without it."""
    return os.environ.get(SUPERUSER)


def _prepare() -> None:
    os.environ.setdefault("SECRET_KEY", "for-the-tests-alone-and-therefore-no-secret-at-all")
    os.environ.setdefault("CERTIFICATE_SIGNING_KEY", "5e" * 32)
    if os.environ.get("DATABASE_OWNER_URL"):
        missing = [name for name in GIVEN if not os.environ.get(name)]
        if missing:
            # Making logins there could change the passwords of a portal that is in use.
            raise Problem(f"DATABASE_OWNER_URL is set; the tests then need {', '.join(missing)}")
        return
    server = Throwaway(Path(os.environ.get("STATE_DIR") or ".state/test").absolute())
    atexit.register(server.close)
    os.environ.update(server.environment())


# Workers inherit what their controller prepared.
if __name__ != "__main__" and "PYTEST_XDIST_WORKER" not in os.environ:
    try:
        _prepare()
    except Problem as problem:
        pytest.exit(str(problem), returncode=2)


def main() -> int:
    """Run the command that the arguments are, and end as it ends."""
    try:
        _prepare()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    return subprocess.run(sys.argv[1:], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
