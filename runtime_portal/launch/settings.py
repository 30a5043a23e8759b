"""The environment, read once. What is malformed is named here, before anything starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime_portal.launch.problem import Problem
from runtime_portal.launch.urls import check_url

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Settings:
    """What `make run` was asked for. An empty variable counts as one that is not set."""

    port: int
    debug: bool
    allowed_hosts: str
    secret_key: str | None
    signing_key: str | None
    state: Path
    owner_url: str | None
    runtime_url: str | None
    steward_url: str | None


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Raises Problem (code 2) that names the variable and what it should look like."""
    urls = {
        name: check_url(name, environ[name]) if environ.get(name) else None
        for name in ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_STEWARD_URL")
    }
    for name in ("DATABASE_URL", "DATABASE_STEWARD_URL"):
        if urls[name] and not urls["DATABASE_OWNER_URL"]:
            raise Problem(
                f"DATABASE_OWNER_URL: missing, and {name} is set: the schema of that server is"
                " made by its owner. Set both, or neither for an embedded server.",
                code=2,
            )
    return Settings(
        port=_port(environ.get("PORT") or "8000"),
        debug=_flag("DEBUG", environ.get("DEBUG") or "0"),
        allowed_hosts=_hosts(environ.get("ALLOWED_HOSTS") or "127.0.0.1,localhost,[::1]"),
        secret_key=environ.get("SECRET_KEY") or None,
        signing_key=_signing_key(environ.get("CERTIFICATE_SIGNING_KEY") or None),
        state=_folder(environ.get("STATE_DIR") or ".state"),
        owner_url=urls["DATABASE_OWNER_URL"],
        runtime_url=urls["DATABASE_URL"],
        steward_url=urls["DATABASE_STEWARD_URL"],
    )


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise Problem(f"PORT: {value!r} is not a number from 1 to 65535", code=2)
    return int(value)


def _signing_key(value: str | None) -> str | None:
    if value and not re.fullmatch("[0-9a-f]{64}", value):
        raise Problem("CERTIFICATE_SIGNING_KEY: is not 64 hexadecimal characters (0-9a-f)", code=2)
    return value


def _flag(name: str, value: str) -> bool:
    if value.lower() not in TRUE | FALSE:
        raise Problem(f"{name}: {value!r} is neither 1 (true) nor 0 (false)", code=2)
    return value.lower() in TRUE


def _hosts(value: str) -> str:
    hosts = [host.strip() for host in value.split(",") if host.strip()]
    for host in hosts:
        if "/" in host or any(character.isspace() for character in host):
            raise Problem(
                f"ALLOWED_HOSTS: {host!r} is not a host name; expected names with commas between,"
                " without http:// or a path",
                code=2,
            )
    if not hosts:
        raise Problem("ALLOWED_HOSTS: names no host", code=2)
    return ",".join(hosts)


def _folder(value: str) -> Path:
    # PostgreSQL keeps paths in files that are read by the line.
    if not value.isprintable():
        raise Problem(f"STATE_DIR: {value!r} has a control character in it", code=2)
    return Path(value).expanduser().absolute()
