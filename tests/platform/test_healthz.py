"""The process lives; nothing else is asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.console.signed_in import SignIn
from tests.world import World


def test_it_lives(world: World, sign_in: SignIn) -> None:
    answer = sign_in(None).get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_does_not_ask_the_database(world: World, sign_in: SignIn) -> None:
    with CaptureQueriesContext(connection) as captured:
        sign_in(None).get("/healthz")
    assert len(captured) == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_for_reading(world: World, sign_in: SignIn, method: str) -> None:
    assert sign_in(None).generic(method, "/healthz").status_code == 405
