"""What is started, and what each part is told: the web hears of no login but its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime_portal.launch.roles import Database
from runtime_portal.launch.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

# What the web must not hold: the other logins, the steward's storage, and the key that signs.
WITHHELD = {
    "DATABASE_OWNER_URL",
    "DATABASE_STEWARD_URL",
    "STEWARD_AZURE_STORAGE_CONNECTION_STRING",
    "CERTIFICATE_SIGNING_KEY",
    "PGPASSWORD",
    "PGPASSFILE",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PORTAL_TEST_SUPERUSER_URL",
}


@dataclass(frozen=True)
class Commands:
    """The three programs, as argument lists."""

    upgrade: list[str]
    web: list[str]
    worker: list[str]


@dataclass(frozen=True)
class Environments:
    """`all` is for the upgrade and the worker, `web` for the web."""

    all: dict[str, str]
    web: dict[str, str]


def portal_commands(settings: Settings) -> Commands:
    """The portal's own."""
    manage = [sys.executable, "manage.py"]
    web = [sys.executable, "-m", "gunicorn", "runtime_portal.wsgi:application"]
    web += ["--bind", f"127.0.0.1:{settings.port}", "--worker-class", "gthread"]
    web += ["--workers", "2", "--threads", "4", "--graceful-timeout", "8"]
    # A whole page of ticked rows is longer than gunicorn's own 4094.
    web += ["--limit-request-line", "8190"]
    # Without the path and the tokens in it: the portal's own log has the view.
    web += ["--access-logfile", str(settings.state / "logs" / "access.log")]
    web += ["--access-logformat", "%(h)s %(t)s %(m)s %(s)s %(b)s %(M)s ms %({x-request-id}o)s"]
    # Its error log and its output are one file: what it says last explains its end.
    web += ["--error-logfile", "-", "--no-control-socket"]
    return Commands(
        upgrade=[*manage, "upgrade", "--demo"],
        web=web,
        worker=[*manage, "runtime_inventory_worker"],
    )


def environments(
    environ: Mapping[str, str],
    settings: Settings,
    database: Database,
    secret_key: str,
    signing_key: str,
) -> Environments:
    """Ours, completed by what was made."""
    common = dict(environ)
    if not settings.owner_url:
        # libpq's variables speak of some other server (PGHOSTADDR even overrides a URL).
        common = {name: value for name, value in common.items() if not name.startswith("PG")}
    common |= {
        "DATABASE_URL": database.runtime_url,
        "SECRET_KEY": secret_key,
        "CERTIFICATE_SIGNING_KEY": signing_key,
        "DEBUG": "1" if settings.debug else "0",
        "ALLOWED_HOSTS": settings.allowed_hosts,
        "PORT": str(settings.port),
        "STATE_DIR": str(settings.state),
        "PYTHONUNBUFFERED": "1",
        **database.names(),
    }
    web = {name: value for name, value in common.items() if name not in WITHHELD}
    web["PROMETHEUS_MULTIPROC_DIR"] = str(settings.state / "metrics")
    return Environments(all={**common, **database.urls()}, web=web)
