"""So that `manage.py` works beside a running `make run` without a variable to set.

While it runs, the launcher keeps what the commands need in a file for its owner alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

NAMES = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_STEWARD_URL", "OWNER_ROLE", "RUNTIME_ROLE",
    "STEWARD_ROLE", "SECRET_KEY", "CERTIFICATE_SIGNING_KEY", "STATE_DIR",
    "AZURE_STORAGE_CONNECTION_STRING", "STEWARD_AZURE_STORAGE_CONNECTION_STRING",
    "STEP_LOG_CONTAINER",
)  # fmt: skip


def offer(state: Path, env: Mapping[str, str]) -> Path:
    """Writes the file, whole, mode 0600; the caller removes it when it stops."""
    path = state / "shell.json"
    new = state / ".shell.json"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({name: env[name] for name in NAMES if name in env}, file)
    new.replace(path)
    return path


def take(root: Path) -> None:
    """Completes this process's environment, where it names no database of its own."""
    if os.environ.get("DATABASE_URL"):
        return
    state = Path(os.environ.get("STATE_DIR") or root / ".state")
    with suppress(OSError, ValueError):
        for name, value in json.loads((state / "shell.json").read_text()).items():
            os.environ.setdefault(name, value)
