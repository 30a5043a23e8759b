"""`$STATE_DIR/demo.json`: who may sign in and with what, for the installation's owner alone."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Writes the file whole or not at all, 0600, on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file 0600; the rename makes it whole or not there.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".demo-")
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
