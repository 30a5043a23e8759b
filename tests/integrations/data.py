"""Where the published manifests of real systems are, if they are here."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")


def published(*parts: str) -> Path:
    """A file or folder of the data; the test skips, and says so, where it is absent."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the published manifests are not here: {'/'.join(parts)}")
    return path


def boutique_in_order() -> list[Path]:
    """Online Boutique's releases by the date on which each came out."""
    folder = published("online-boutique")
    lines = (folder / "RELEASED.txt").read_text().split("\n")
    dated = sorted(line.split()[::-1] for line in lines if line.strip())
    return [folder / f"{name}.yaml" for _, name in dated]
