"""Searching everything of a tenant with many rows against the same with 1,000."""

import sys
from typing import TYPE_CHECKING
from unittest import mock

from benchmarks.result import Budget, Result, interleaved
from benchmarks.services_list import FEW, MANY

if TYPE_CHECKING:
    from benchmarks.filling import Filled

ROUNDS = 60
BUDGET = Budget("≤", 1.5, "x")
# {what it is: (words, whether the budget is meant)}: what matches much is reported.
SEARCHES = {
    "a word that one has": ("00000777", True),
    "the beginning of a sixteenth of the names": ("svc-7", True),
    "a word that none has": ("zzz", True),
    "a word that a fifth have": ("worker", False),
    "a word that all have": ("svc", False),
    "two words": ("svc-7 worker", False),
}


def measure() -> list[Result]:
    from benchmarks.filling import make_tenant
    from benchmarks.pages import get, signed_in

    few, many = make_tenant("few-words", FEW), make_tenant("many-words", MANY)
    clients = {one.slug: signed_in(one.person) for one in (few, many)}

    def page(one: "Filled", text: str) -> bytes:
        return get(clients[one.slug], f"/t/{one.slug}/search/?q={text.replace(' ', '+')}")

    results = []
    for name, (text, meant) in SEARCHES.items():
        shown = [page(one, text).count(b'<th scope="row">') for one in (few, many)]
        if shown[0] != shown[1] or (shown[0] == 0) != (text == "zzz"):
            raise RuntimeError(f"'{text}' shows {shown} rows")
        value, baseline = interleaved(
            lambda text=text: page(many, text),  # type: ignore[misc]
            lambda text=text: page(few, text),  # type: ignore[misc]
            rounds=ROUNDS,
        )
        label = f"search, {MANY:,} services: {name}"
        results.append(
            Result(label, value, "ms", baseline, value / baseline, BUDGET if meant else None)
        )
    return [*results, _writing(few)]


def _writing(filled: "Filled") -> Result:
    """1,000 services made and rolled back, with their terms and without."""
    from apps.search import operations as search

    with_terms, without = interleaved(
        lambda: _create(filled), lambda: _without(filled, search), rounds=5, warm_up=1
    )
    return Result("creating 1,000 services", with_terms, "ms", without, with_terms / without)


def _without(filled: "Filled", search: object) -> None:
    with mock.patch.object(search, "index"):
        _create(filled)


class _Undo(Exception):
    pass


def _create(filled: "Filled") -> None:
    import contextlib

    from apps.services.operations import ServiceSpec, create_services
    from apps.tenant_bindings.context import enter_tenant
    from benchmarks.filling import OPERATOR

    specs = [
        ServiceSpec(f"new-{n:04}", f"registry.example/shop/new-{n:04}:1.0", "1.0", 1)
        for n in range(1_000)
    ]
    with (
        contextlib.suppress(_Undo),
        enter_tenant(
            filled.slug, actor=OPERATOR, environment_id=filled.environments[0], writing=True
        ),
    ):
        create_services(specs)
        raise _Undo


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
