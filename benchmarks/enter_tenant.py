"""What it takes to enter a tenant: one statement."""

import sys

from benchmarks.result import Budget, Result, interleaved

ROUNDS = 500
BUDGET = Budget("≤", 1, "statements")


def measure() -> list[Result]:
    """Statements of the door between BEGIN and COMMIT; its time against `SELECT 1` so wrapped."""
    from django.db import connections, transaction
    from django.test.utils import CaptureQueriesContext

    from apps.core.access import Actor
    from apps.tenant_bindings.context import enter_tenant
    from benchmarks.filling import make_tenant
    from benchmarks.pages import without_control

    filled = make_tenant("door-tenant", 10)
    actor = Actor("person", filled.person.pk, filled.person.email)
    default = connections["default"]

    def enter() -> None:
        with enter_tenant(filled.slug, actor=actor):
            pass

    def nothing() -> None:
        with transaction.atomic(), default.cursor() as cursor:
            cursor.execute("SELECT 1")

    enter()
    with CaptureQueriesContext(default) as captured:
        enter()
    sent = without_control([str(query["sql"]) for query in captured.captured_queries])
    value, baseline = interleaved(enter, nothing, rounds=ROUNDS)
    return [
        Result("entering a tenant", len(sent), "statements", budget=BUDGET),
        Result("entering a tenant: time", value, "ms", baseline, value / baseline),
    ]


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
