"""The list of services with many rows against the same with 1,000, page by page."""

import os
import re
import sys
from typing import TYPE_CHECKING

from benchmarks.result import Budget, Result, interleaved

if TYPE_CHECKING:
    from benchmarks.filling import Filled

FEW = 1_000
MANY = int(os.environ.get("BENCH_ROWS") or 100_000)
ROUNDS = 60
BUDGET = Budget("≤", 1.5, "x")
QUERIES = Budget("≤", 12, "statements")
COUNT = re.compile(r"\bcount\s*\(", re.IGNORECASE)


def measure() -> list[Result]:
    """Every page shows 50 rows of either tenant, so that only the number behind them differs."""
    from benchmarks.filling import make_tenant
    from benchmarks.pages import get, signed_in, statements

    few, many = make_tenant("few-rows", FEW), make_tenant("many-rows", MANY)
    clients = {one.slug: signed_in(one.person) for one in (few, many)}
    results, most, counted = [], 0, 0
    for (name, url), (_, url_of_few) in zip(_pages(many), _pages(few), strict=True):
        for one, its_url in ((many, url), (few, url_of_few)):
            shown = get(clients[one.slug], its_url).count(b'<th scope="row">')
            if shown != 50:
                raise RuntimeError(f"{its_url} shows {shown} rows and not 50")
        sent = statements(clients[many.slug], url)
        most, counted = max(most, len(sent)), counted + any(map(COUNT.search, sent))
        value, baseline = interleaved(
            lambda url=url: get(clients[many.slug], url),  # type: ignore[misc]
            lambda url=url_of_few: get(clients[few.slug], url),  # type: ignore[misc]
            rounds=ROUNDS,
        )
        label = f"services, {MANY:,} rows: {name}"
        results.append(Result(label, value, "ms", baseline, value / baseline, BUDGET))
    return [
        *results,
        Result("services: most statements of a page", most, "statements", budget=QUERIES),
        Result("services: COUNT is sent", counted, "pages", budget=Budget("≤", 0, "pages")),
    ]


def _pages(filled: "Filled") -> list[tuple[str, str]]:
    """(what it is, URL). The late page begins after 90 % of the tenant's live services."""
    base = f"/t/{filled.slug}/services/"
    return [
        ("first page", base),
        ("filtered by environment", f"{base}?environment={filled.environments[2]}"),
        ("filtered by status", f"{base}?status=Degraded"),
        ("filtered by type", f"{base}?type=worker"),
        ("searched by a beginning", f"{base}?q=svc-7"),
        ("late page", _late(filled, base)),
    ]


def _late(filled: "Filled", base: str) -> str:
    """The very cursor that the page before would have given."""
    from django.test import RequestFactory

    from apps.core.access import Actor
    from apps.core.htmx import _url
    from apps.services.models import RuntimeService
    from apps.tenant_bindings.context import enter_tenant
    from benchmarks.filling import OPERATOR

    with enter_tenant(filled.slug, actor=Actor("operator", label=OPERATOR.label)):
        live = RuntimeService.objects.exclude(status="Retired").order_by("module_id", "id")
        place = int(live.count() * 0.9)
        return _url(RequestFactory().get(base), live[place], ("module_id", "id"), "n")


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
