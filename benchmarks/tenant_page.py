"""A tenant's page against the same page with no tenancy at all."""

import re
import sys

from benchmarks.result import Budget, Result, interleaved

ROWS = 1_000
ROUNDS = 300
BUDGET = Budget("≤", 1.15, "x")


def measure() -> list[Result]:
    """The list of services, 50 rows of 1,000, by the same person."""
    from benchmarks.filling import make_tenant
    from benchmarks.pages import get, signed_in
    from benchmarks.plain import copy_tables

    filled = make_tenant("page-tenant", ROWS)
    copy_tables(filled)
    client = signed_in(filled.person)
    ours, plain = f"/t/{filled.slug}/services/", f"/plain/{filled.slug}/services/"
    _refuse_difference(get(client, ours), get(client, plain))
    value, baseline = interleaved(
        lambda: get(client, ours), lambda: get(client, plain), rounds=ROUNDS
    )
    return [Result("tenant page", value, "ms", baseline, value / baseline, BUDGET)]


def _refuse_difference(ours: bytes, plain: bytes) -> None:
    """Two pages that show different things are not compared; each names its own request."""
    shown = [
        re.sub(rb"Request <code>[0-9a-f-]+</code>", b"", page.partition(b'id="results"')[2])
        for page in (ours, plain.replace(b"/plain/", b"/t/"))
    ]
    if shown[0] != shown[1] or not shown[0]:
        raise RuntimeError("the two pages differ, so their times say nothing")


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
