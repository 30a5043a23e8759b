"""What the steps of a demo release say."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from apps.services.operations import ServiceSpec
from runtime_portal.demo.shape import Landscape

STEPS = ("fetch images", "publish configuration", "roll out services", "smoke test")


class Log:
    """Lines with a time each, some seconds apart."""

    def __init__(self, begun: datetime, rng: random.Random) -> None:
        self._time, self._rng = begun, rng
        self._lines: list[str] = []

    def say(self, lines: Iterable[str], level: str = "INFO") -> "Log":
        for line in lines:
            self._time += timedelta(milliseconds=self._rng.randint(120, 9_000))
            stamp = self._time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self._lines.append(f"{stamp} {level:<5} {line}")
        return self

    def content(self) -> bytes:
        return ("\n".join(self._lines) + "\n").encode()


def lines_of(
    position: int, landscape: Landscape, release: str, specs: Sequence[ServiceSpec], version: int
) -> list[str]:
    """What step `position` (from 1) says when all is well."""
    images = [spec.image for spec in specs]
    if position == 1:
        return [f"release {release}: {len(specs)} services", *[f"pulling {i}" for i in images],
                f"{len(images)} images present on every node"]  # fmt: skip
    if position == 2:
        return [f"configuration version {version}: checksum verified",
                "resolving secret references", "written to the namespace"]  # fmt: skip
    if position == 3:
        found = [f"strategy {landscape.strategy}"]
        for spec in specs:
            found.append(
                f"{spec.module_id}: waiting for {spec.replicas} replicas of {spec.version}"
            )
            found.append(f"{spec.module_id}: {spec.replicas}/{spec.replicas} replicas ready")
        return found
    checks = [f"check {spec.module_id} /health ... ok" for spec in specs]
    return [*checks, f"{len(checks)} of {len(checks)} checks passed"]
