"""Runs measurements in one place and prints their results as one JSON list."""

import inspect
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.place import prepared, progress
from benchmarks.result import Result
from runtime_portal.launch.problem import Problem

Measure = Callable[[], list[Result]]


def run(*measures: Measure) -> int:
    """Exit code: 0 all within their budgets, 1 one is not, 2 nothing could be measured."""
    results: list[Result] = []
    try:
        with prepared():
            for measure in measures:
                progress(f"Measuring {_name_of(measure)} …")
                results += measure()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    json.dump([r.as_json() for r in results], sys.stdout, indent=2, ensure_ascii=False)
    print()
    return _verdict(results)


def _name_of(measure: Measure) -> str:
    """The file's name; run alone, its module is called __main__."""
    return Path(inspect.getfile(measure)).stem


def _verdict(results: Sequence[Result]) -> int:
    over = [result for result in results if not result.within]
    for result in over:
        measured = f"{result.value:.3g} {result.unit}, {result.ratio or 0:.3g} x"
        progress(f"Over budget: {result.name}: {measured}, and {result.budget} is allowed.")
    return 1 if over else 0
