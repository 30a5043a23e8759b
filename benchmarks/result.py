"""What a budget's file prints, and how times are taken."""

import gc
import operator
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

_COMPARISONS = {"≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True)
class Budget:
    """A bound: `Budget("≤", 1.15, "x")`. `x` bounds the ratio, any other unit the value."""

    comparison: str
    bound: float
    unit: str

    def __str__(self) -> str:
        return f"{self.comparison} {self.bound:g} {self.unit}"

    def holds(self, value: float, ratio: float | None) -> bool:
        """A ratio that was not taken holds no bound."""
        measured = ratio if self.unit == "x" else value
        return measured is not None and bool(_COMPARISONS[self.comparison](measured, self.bound))


@dataclass(frozen=True)
class Result:
    """One measured value. Without a budget it is reported and never fails."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    budget: Budget | None = None

    @property
    def within(self) -> bool:
        return self.budget is None or self.budget.holds(self.value, self.ratio)

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "baseline": None if self.baseline is None else round(self.baseline, 3),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "budget": None if self.budget is None else str(self.budget),
            "within": self.within,
        }


def interleaved(
    one: Callable[[], object], other: Callable[[], object], *, rounds: int, warm_up: int = 10
) -> tuple[float, float]:
    """Milliseconds of each, medians over the rounds.

    A B, B A, A B …: what drifts (heat, a neighbour's load, a growing cache) meets both alike.
    """
    for _ in range(warm_up):
        one()
        other()
    gc.collect()
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        first = number % 2 == 0
        for is_one in (first, not first):
            times[is_one].append(milliseconds(one if is_one else other))
    return statistics.median(times[True]), statistics.median(times[False])


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
