"""How long a run may take: asked between two batches, so that none is broken off."""

from time import monotonic


class Limit:
    """`cut` once something was left because the time was over. No seconds: no limit."""

    def __init__(self, seconds: int | None = None) -> None:
        self._ends_at = None if seconds is None else monotonic() + seconds
        self.cut = False

    def reached(self) -> bool:
        """Asked only where something is left to do."""
        if self._ends_at is not None and monotonic() >= self._ends_at:
            self.cut = True
        return self.cut
