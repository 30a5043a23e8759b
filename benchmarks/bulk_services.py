"""Making a thousand services by one request of the API."""

import json
import statistics
import sys
from typing import TYPE_CHECKING

from benchmarks.result import Budget, Result, milliseconds

if TYPE_CHECKING:
    from benchmarks.filling import Filled

BATCH = 1000
ROUNDS = 12
WARM_UP = 2
BUDGET = Budget("≥", 5000, "services/s")


def measure() -> list[Result]:
    """From the bytes of the request to those of the answer, committed: terms, audit and all."""
    from benchmarks.calling import Caller
    from benchmarks.filling import make_tenant

    filled = make_tenant("bulk-tenant", 10)
    caller = Caller(filled)
    times = []
    for number in range(WARM_UP + ROUNDS):
        body = _body(filled, number)
        taken = milliseconds(lambda body=body: caller.post("services", body, 201))  # type: ignore[misc]
        times.append(taken)
        _retire(filled)
    value = statistics.median(times[WARM_UP:])
    return [
        Result(f"making {BATCH} services by a request", value, "ms"),
        Result("making services by the API", BATCH / value * 1000, "services/s", budget=BUDGET),
    ]


def _body(filled: "Filled", number: int) -> bytes:
    rows = [
        {
            "environmentId": str(filled.environments[0]), "moduleId": f"svc-{number}-{one:04}",
            "image": f"registry.example/svc-{one % 50}:1.{number}", "version": f"1.{number}",
            "replicas": one % 5, "componentType": "microservice",
        }
        for one in range(BATCH)
    ]  # fmt: skip
    return json.dumps(rows).encode()


def _retire(filled: "Filled") -> None:
    """So that each request meets the same environment."""
    from apps.services.operations import retire_all
    from apps.tenant_bindings.context import enter_tenant
    from benchmarks.filling import OPERATOR

    with enter_tenant(
        filled.slug, actor=OPERATOR, environment_id=filled.environments[0], writing=True
    ):
        retire_all(reason="measured")


if __name__ == "__main__":
    from benchmarks.run import run

    sys.exit(run(measure))
