"""Ready: the database answers, its migrations are there, the queue takes jobs."""

import pytest
from django.db import OperationalError

from apps.tenants import partitions
from runtime_portal import health
from tests.console.signed_in import SignIn
from tests.world import World


def test_it_is_ready(world: World, sign_in: SignIn) -> None:
    answer = sign_in(None).get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_with_a_migration_missing_it_is_not(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = dict(partitions._loader().graph.nodes)
    nodes["services", "0099_of_tomorrow"] = None  # type: ignore[assignment]
    monkeypatch.setattr(partitions._loader().graph, "nodes", nodes)
    answer = sign_in(None).get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503, {"status": "not ready", "failed": ["migrations"]},
    )  # fmt: skip


@pytest.mark.parametrize("name", list(health.CHECKS))
def test_what_fails_is_named_and_nothing_more(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fails() -> bool:
        raise OperationalError("password authentication failed for silo_acme at 10.0.0.1")

    monkeypatch.setitem(health.CHECKS, name, fails)
    answer = sign_in(None).get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503, {"status": "not ready", "failed": [name]},
    )  # fmt: skip
    for secret in ("silo", "acme", "password", "10.0.0.1", "shared", "public"):
        assert secret not in answer.content.decode()
